// A whole gateway: two workers on loopback, clients in threads of their own, reloads and a drain meanwhile.
// TSan watches it.
#include "proxy/operation/gateway.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <mutex>

#include "proxy/front/front_world_test.h"

namespace astray::proxy::test {
namespace {

/// With a limit on each wait, so that nothing hangs.
class BlockingSocket {
 public:
  explicit BlockingSocket(int number) : descriptor_(number) {
    const timeval most{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    ::setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
  }
  static BlockingSocket connect(uint16_t port) {
    BlockingSocket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in at = loopback(port);
    if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0)
      socket.descriptor_ = FileDescriptor();
    return socket;
  }
  static BlockingSocket listen() {
    BlockingSocket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in at = loopback(0);
    EXPECT_EQ(::bind(socket.number(), reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
    EXPECT_EQ(::listen(socket.number(), 128), 0);
    return socket;
  }
  bool is_open() const { return descriptor_.number() >= 0; }
  int number() const { return descriptor_.number(); }
  FileDescriptor release() { return std::move(descriptor_); }
  uint16_t port() const {
    sockaddr_in at{};
    socklen_t size = sizeof at;
    EXPECT_EQ(::getsockname(number(), reinterpret_cast<sockaddr*>(&at), &size), 0);
    return ntohs(at.sin_port);
  }
  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
  }
  /// Up to and with `mark`, or what came before the end.
  std::string read_to(std::string_view mark) {
    char buffer[4096];
    for (;;) {
      const size_t found = held_.find(mark);
      if (found != std::string::npos) {
        std::string taken = held_.substr(0, found + mark.size());
        held_.erase(0, taken.size());
        return taken;
      }
      const ssize_t got = ::recv(number(), buffer, sizeof buffer, 0);
      if (got <= 0) return std::exchange(held_, {});
      held_.append(buffer, static_cast<size_t>(got));
    }
  }

 private:
  static sockaddr_in loopback(uint16_t port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return at;
  }
  FileDescriptor descriptor_;
  std::string held_;
};

/// Answers every request with its path; until it is destroyed.
class ThreadedBack {
 public:
  ThreadedBack() : listener_(BlockingSocket::listen()), port_(listener_.port()) {
    accepting_ = std::thread([this] { accept(); });
  }
  ~ThreadedBack() {
    ::shutdown(listener_.number(), SHUT_RDWR);
    accepting_.join();
    for (std::thread& each : serving_) each.join();
  }
  uint16_t port() const { return port_; }

 private:
  void accept() {
    for (;;) {
      const int number = ::accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC);
      if (number < 0) return;
      serving_.emplace_back([number] { serve(BlockingSocket(number)); });
    }
  }
  static void serve(BlockingSocket socket) {
    for (;;) {
      const std::string head = socket.read_to("\r\n\r\n");
      if (!head.ends_with("\r\n\r\n")) return;
      const size_t begin = head.find(' ') + 1;
      const std::string path = head.substr(begin, head.find(' ', begin) - begin) + '\n';
      socket.send(fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", path.size(), path));
    }
  }

  BlockingSocket listener_;
  uint16_t port_;
  std::thread accepting_;
  std::vector<std::thread> serving_;
};

/// As take_activated_sockets() gives it.
std::vector<ActivatedSocket> as_activated(BlockingSocket listener) {
  const Endpoint address = Endpoint::parse(fmt::format("127.0.0.1:{}", listener.port())).value();
  EXPECT_EQ(::fcntl(listener.number(), F_SETFL, O_NONBLOCK), 0);
  std::vector<ActivatedSocket> sockets;
  sockets.push_back(ActivatedSocket{listener.release(), address, {}});
  return sockets;
}

constexpr int visitors = 4;
constexpr int requests_each = 60;

/// Some requests are for nobody. Counts the answers that were as they should be.
int visit(uint16_t port, int visitor) {
  int good = 0;
  std::optional<BlockingSocket> socket;
  for (int i = 0; i < requests_each; ++i) {
    if (!socket) socket.emplace(BlockingSocket::connect(port));
    const bool is_nobodys = i % 5 == 4;
    const std::string path = fmt::format("/{}-{}", visitor, i);
    socket->send(fmt::format("GET {} HTTP/1.1\r\nHost: {}:{}\r\nAccept: text/plain\r\n\r\n", path,
                             is_nobodys ? "nobody.example" : "a.example", port));
    const std::string head = socket->read_to("\r\n\r\n");
    const std::string body = socket->read_to("\n");
    if (is_nobodys) {
      good += head.starts_with("HTTP/1.1 421 ") ? 1 : 0;
      socket.reset();  // its body has many lines
    } else {
      good += head.starts_with("HTTP/1.1 200 ") && body == path + '\n' ? 1 : 0;
    }
  }
  return good;
}

TEST(Gateway, ServesReloadsAndDrainsWithTwoWorkers) {
  ThreadedBack back;
  BlockingSocket listener = BlockingSocket::listen();
  const uint16_t port = listener.port();
  astray::test::TemporaryFolder logs;
  const auto yaml = [&](std::string_view more_names) {
    return fmt::format(R"(
listeners: {{clear: {{address: "127.0.0.1:{}", tls: false, cleartext: serve}}}}
virtual_hosts:
  a: {{names: [a.example{}], listeners: [clear], routes: [{{backs: [app]}}]}}
backs: {{app: {{addresses: ["127.0.0.1:{}"]}}}}
operation: {{threads: 2, access_log: {{path: {}, format: "{{http.path}} {{http.status}}"}}}}
)",
                       port, more_names, back.port(), logs.path_of("access.log"));
  };
  SiteFolder folder;
  std::promise<void> ended;
  std::mutex told_mutex;
  std::string told;
  std::vector<ActivatedSocket> activated = as_activated(std::move(listener));
  auto gateway = Gateway::start(
      folder.build(yaml(""), 1), std::move(activated),
      [&](std::string_view sentence) {
        const std::lock_guard lock(told_mutex);
        told += sentence;
      },
      [&] { ended.set_value(); });
  ASSERT_TRUE(gateway) << gateway.error().message;
  EXPECT_EQ((*gateway)->threads(), 2u);

  std::vector<std::future<int>> visits;
  for (int i = 0; i < visitors; ++i) visits.push_back(std::async(std::launch::async, visit, port, i));
  for (uint64_t generation = 2; generation < 12; ++generation) {
    ASSERT_TRUE((*gateway)->adopt(folder.build(yaml(generation % 2 == 0 ? ", b.example" : ""), generation)));
    (*gateway)->describe_backs();
    (*gateway)->reopen_log();
    (*gateway)->refusals();
    (*gateway)->connections_open();
  }
  for (std::future<int>& each : visits) EXPECT_EQ(each.get(), requests_each);

  (*gateway)->drain();
  ASSERT_EQ(ended.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
  EXPECT_FALSE(BlockingSocket::connect(port).is_open()) << "nobody listens any more";
  gateway->reset();

  EXPECT_EQ(told, "");
  std::ifstream log(logs.path_of("access.log"));
  std::map<std::string, int> by_status;
  for (std::string path, status; log >> path >> status;) ++by_status[status];
  EXPECT_EQ(by_status, (std::map<std::string, int>{{"200", visitors * requests_each * 4 / 5},
                                                   {"421", visitors * requests_each / 5}}));
}

TEST(Gateway, StopsWhileRequestsAreUnderWay) {
  BlockingSocket silent_back = BlockingSocket::listen();
  BlockingSocket listener = BlockingSocket::listen();
  const uint16_t port = listener.port();
  const std::string yaml = fmt::format(R"(
listeners: {{clear: {{address: "127.0.0.1:{}", tls: false, cleartext: serve}}}}
virtual_hosts:
  a: {{names: [a.example], listeners: [clear], routes: [{{backs: [app]}}]}}
backs: {{app: {{addresses: ["127.0.0.1:{}"]}}}}
operation: {{threads: 2}}
)",
                                       port, silent_back.port());
  SiteFolder folder;
  std::promise<void> ended;
  std::vector<ActivatedSocket> activated = as_activated(std::move(listener));
  auto gateway = Gateway::start(
      folder.build(yaml), std::move(activated), [](std::string_view) {}, [&] { ended.set_value(); });
  ASSERT_TRUE(gateway) << gateway.error().message;
  BlockingSocket client = BlockingSocket::connect(port);
  client.send(fmt::format("GET / HTTP/1.1\r\nHost: a.example:{}\r\n\r\n", port));
  // The request is with the back once that has a connection.
  const BlockingSocket asked(::accept4(silent_back.number(), nullptr, nullptr, SOCK_CLOEXEC));
  EXPECT_TRUE(asked.is_open());
  (*gateway)->stop();
  ASSERT_EQ(ended.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
  EXPECT_EQ(client.read_to("\r\n\r\n"), "") << "no answer is made up";
}

}  // namespace
}  // namespace astray::proxy::test
