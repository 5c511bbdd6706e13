// Opens connections one after another, each with a fresh TLS handshake and one HTTP request, through our
// engine over a plain socket, and prints "CONNECTIONS CPU_SECONDS" (user and system time of the loop alone):
//   handshake ADDRESS PORT SECONDS [HOST]
// What a prober adds to a handshake is in it: SNI, the leaf looked up by its bytes, the answer read to its
// end.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tls/engine/client.h"
#include "tls/engine/leaf_cache.h"

using namespace astray;

namespace {

[[noreturn]] void give_up(const std::string& why) {
  fmt::print(stderr, "handshake: {}\n", why);
  std::exit(2);
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

class Socket {
 public:
  explicit Socket(const sockaddr_in& address) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      give_up("cannot connect");
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { ::close(fd_); }
  int fd() const { return fd_; }

 private:
  int fd_;
};

/// One connection and one answer, of which the whole head and the body by its Content-Length are waited for.
void probe(const std::shared_ptr<const tls::ClientContext>& context, const sockaddr_in& address,
           const std::string& host, const std::string& request, tls::LeafCache& leaves) {
  static std::array<char, 1 << 16> input, output;
  Socket socket(address);
  auto client = tls::Client::create(context, {host, {}, {}}).value();
  client.send(request);
  std::string answer;
  while (true) {
    while (auto event = client.next_event()) {
      if (auto* done = std::get_if<tls::HandshakeDone>(&*event)) {
        if (done->version != tls::Version::tls1_3 || done->kind != tls::HandshakeDone::Kind::full ||
            !leaves.decode(done->peer_chain.front())) {
          give_up("not a full TLS 1.3 handshake");
        }
      }
      if (auto* plaintext = std::get_if<tls::Plaintext>(&*event)) answer += plaintext->bytes;
      if (auto* failed = std::get_if<tls::Failure>(&*event)) give_up(failed->sentence);
    }
    if (answer.ends_with("\r\n\r\nok\n")) return;
    while (size_t size = client.write_to(output)) {
      if (::send(socket.fd(), output.data(), size, MSG_NOSIGNAL) != static_cast<ssize_t>(size))
        give_up("cannot send");
    }
    ssize_t size = ::recv(socket.fd(), input.data(), input.size(), 0);
    if (size <= 0) give_up("no whole answer");
    client.receive({input.data(), static_cast<size_t>(size)});
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) give_up("usage: handshake ADDRESS PORT SECONDS [HOST]");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(std::atoi(argv[2])));
  if (::inet_pton(AF_INET, argv[1], &address.sin_addr) != 1) give_up("not an IPv4 address");
  std::string host = argc > 4 ? argv[4] : "bench.test";
  std::string request = "GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";

  tls::ClientOptions options;
  options.min_version = tls::Version::tls1_3;
  auto context = tls::ClientContext::create(std::move(options));
  if (!context) give_up(context.error().message);
  tls::LeafCache leaves;
  probe(*context, address, host, request, leaves);  // what is set up once is not part of the figure

  using Clock = std::chrono::steady_clock;
  auto end = Clock::now() + std::chrono::milliseconds(static_cast<long>(std::atof(argv[3]) * 1000));
  double begun = cpu_seconds();
  long connections = 0;
  for (; Clock::now() < end; ++connections) probe(*context, address, host, request, leaves);
  fmt::print("{} {:.6f}\n", connections, cpu_seconds() - begun);
}
