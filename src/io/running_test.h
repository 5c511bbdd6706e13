#pragma once
// What the tests of io/ share.
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "io/deadline.h"
#include "io/epoll_loop.h"
#include "io/fake/network.h"
#include "io/fake/virtual_loop.h"
#include "io/socket_network.h"

namespace astray::test {

using namespace std::chrono_literals;  // NOLINT: for tests alone

/// Runs the task to its end; a loop that stalls ends the test program, for no value could be returned.
template <typename T>
T run(Loop& loop, Task<T> task) {
  auto result = loop.run_until_done(std::move(task));
  if (!result) {
    ADD_FAILURE() << result.error().text();
    std::abort();
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// The value of something that must have one.
template <typename T>
auto value_of(T result) {
  if (!result) {
    ADD_FAILURE() << "a value was expected";
    std::abort();
  }
  return std::move(*result);
}

enum class Kind { sockets, memory };

/// A loop and its network, real or fake.
class World {
 public:
  explicit World(Kind kind, uint64_t seed = 1) {
    if (kind == Kind::sockets) {
      auto epoll = std::make_unique<EpollLoop>();
      network_ = std::make_unique<SocketNetwork>(*epoll);
      loop_ = std::move(epoll);
    } else {
      loop_ = std::make_unique<fake::VirtualLoop>();
      network_ = std::make_unique<fake::Network>(*loop_, seed);
    }
  }
  Loop& loop() { return *loop_; }
  Network& network() { return *network_; }
  std::unique_ptr<StreamListener> listen(int backlog = 4096) {
    return value_of(
        network_->listen(Endpoint::with_any_port(IpAddress::v4({127, 0, 0, 1})), ListenOptions{backlog}));
  }

 private:
  std::unique_ptr<Loop> loop_;
  std::unique_ptr<Network> network_;
};

struct Pair {
  std::unique_ptr<Stream> client;
  std::unique_ptr<Stream> server;
};

inline Task<Pair> connect_pair(Network& network, StreamListener& listener) {
  Pair pair;
  auto client = co_await network.connect(listener.local());
  pair.client = value_of(std::move(client));
  auto server = co_await listener.accept();
  pair.server = value_of(std::move(server));
  co_return pair;
}

/// Everything up to the end or the error.
struct Received {
  std::string bytes;
  std::optional<StreamError::Kind> error;
  size_t reads = 0;
};
inline Task<Received> read_to_end(Stream& stream, size_t buffer_size = 65536) {
  Received received;
  std::string buffer(buffer_size, '\0');
  for (;;) {
    ReadResult count = co_await stream.read_some(buffer);
    if (!count) {
      received.error = count.error().kind;
      co_return received;
    }
    if (*count == 0) co_return received;
    ++received.reads;
    received.bytes.append(buffer, 0, *count);
  }
}

/// How many bytes there are up to the end or the error; keeps none.
inline Task<uint64_t> count_to_end(Stream& stream) {
  std::string buffer(65536, '\0');
  uint64_t total = 0;
  for (;;) {
    ReadResult count = co_await stream.read_some(buffer);
    if (!count || *count == 0) co_return total;
    total += *count;
  }
}

/// Bytes that differ at every place, to notice what is lost, doubled or in the wrong order.
inline std::string numbered_bytes(size_t size) {
  std::string bytes(size, '\0');
  uint32_t state = 1;
  for (char& byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<char>(state >> 24);
  }
  return bytes;
}

}  // namespace astray::test
