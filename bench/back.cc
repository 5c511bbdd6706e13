// The back of bench/gateway.py: answers GET over kept HTTP/1.1 connections with bodies of 1 KiB ("/small") and 64 KiB ("/large").
//   back PORT
// It does as little as can be done, so that with two processors the proxy is what has no time left, and not what stands behind it: a proxy
// that must wait finds fewer answers at once when it wakes up, and what it then pays for each is the wait's price, not its own.
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace {

std::string response_of(size_t bytes) {
  return fmt::format(
             "HTTP/1.1 200 OK\r\nServer: back\r\nDate: Mon, 30 Nov 2026 12:00:00 GMT\r\nContent-Type: application/octet-stream\r\n"
             "Content-Length: {}\r\nLast-Modified: Mon, 30 Nov 2026 11:00:00 GMT\r\nETag: \"1\"\r\nAccept-Ranges: bytes\r\n\r\n",
             bytes) +
         std::string(bytes, 'x');
}

const std::string small = response_of(1024);
const std::string large = response_of(65536);

struct Connection {
  std::string request{};        ///< as far as it came
  std::string_view response{};  ///< what of it was not taken
};

enum class State { open, closed };

State send_rest(int descriptor, Connection& connection) {
  while (!connection.response.empty()) {
    const ssize_t sent = send(descriptor, connection.response.data(), connection.response.size(), MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN ? State::open : State::closed;
    connection.response.remove_prefix(static_cast<size_t>(sent));
  }
  return State::open;
}

/// One request at a time, as proxies send them: nothing is pipelined.
State serve(int descriptor, Connection& connection) {
  char buffer[4096];
  for (;;) {
    const ssize_t size = recv(descriptor, buffer, sizeof buffer, 0);
    if (size == 0 || (size < 0 && errno != EAGAIN)) return State::closed;
    if (size < 0) return send_rest(descriptor, connection);
    connection.request.append(buffer, static_cast<size_t>(size));
    if (!connection.request.ends_with("\r\n\r\n")) continue;
    connection.response = connection.request.starts_with("GET /large") ? large : small;
    connection.request.clear();
    if (send_rest(descriptor, connection) == State::closed) return State::closed;
    if (static_cast<size_t>(size) < sizeof buffer) return State::open;
  }
}

[[noreturn]] void stop_with(const char* what) {
  std::perror(what);
  std::exit(1);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::fputs("usage: back PORT\n", stderr);
    return 2;
  }
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  const int yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(std::atoi(arguments[1])));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(listener, 1024) != 0)
    stop_with("cannot listen");
  const int epoll = epoll_create1(0);
  epoll_event event{EPOLLIN, {.fd = listener}};
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);

  std::unordered_map<int, std::unique_ptr<Connection>> connections;
  for (epoll_event events[256];;) {
    const int ready = epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < ready; ++i) {
      const int descriptor = events[i].data.fd;
      if (descriptor == listener) {
        const int accepted = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
        if (accepted < 0) stop_with("cannot accept");
        setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        epoll_event watched{EPOLLIN | EPOLLOUT | EPOLLET, {.fd = accepted}};
        epoll_ctl(epoll, EPOLL_CTL_ADD, accepted, &watched);
        connections[accepted] = std::make_unique<Connection>();
      } else if (serve(descriptor, *connections[descriptor]) == State::closed) {
        connections.erase(descriptor);
        close(descriptor);
      }
    }
  }
}
