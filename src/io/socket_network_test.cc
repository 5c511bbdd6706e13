#include "io/socket_network.h"

#include <sys/resource.h>

#include "io/deadline.h"
#include "io/file_descriptor.h"
#include "io/running_test.h"
#include "io/sleep.h"
#include "io/socket_address.h"

namespace astray {
namespace {

using namespace std::chrono_literals;
using test::run;

const IpAddress loopback = IpAddress::v4({127, 0, 0, 1});

Task<ConnectError> connect_error(Network& network, Endpoint to, ConnectOptions options) {
  auto result = co_await network.connect(to, options);
  EXPECT_FALSE(result);
  co_return result ? ConnectError() : result.error();
}

// UBSan opens a pipe to look at an object's type, and takes the lack of descriptors for a bad object.
#if defined(__has_feature)
#if __has_feature(undefined_behavior_sanitizer)
#define SKIP_UNDER_UBSAN() GTEST_SKIP() << "UBSan itself needs descriptors"
#endif
#endif
#ifndef SKIP_UNDER_UBSAN
#define SKIP_UNDER_UBSAN() static_cast<void>(0)
#endif

/// Descriptors can run out only in a process that may have few.
class FewDescriptors {
 public:
  FewDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    FileDescriptor next(dup(0));
    rlimit few{static_cast<rlim_t>(next.number()), before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &few);
  }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;
  ~FewDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST(SocketNetwork, NamesTheLackOfDescriptors) {
  SKIP_UNDER_UBSAN();
  EpollLoop loop;
  SocketNetwork network(loop);
  auto listener = test::value_of(network.listen(Endpoint::with_any_port(loopback)));
  FewDescriptors few;
  ConnectError error = run(loop, connect_error(network, listener->local(), {}));
  EXPECT_EQ(error.kind, ConnectError::Kind::too_many_descriptors);
  EXPECT_EQ(describe(error), "no file descriptor is free; raise the limit (ulimit -n) (EMFILE)");
  auto second = network.listen(Endpoint::with_any_port(loopback));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ListenError::Kind::too_many_descriptors);
}

Task<void> accept_without_descriptors(Loop& loop, Network& network, StreamListener& listener) {
  auto connected = co_await network.connect(listener.local());
  auto client = test::value_of(std::move(connected));
  MonotonicTime start = loop.now();
  {
    FewDescriptors few;
    for (int i = 0; i < 2; ++i) {
      auto failed = co_await listener.accept();
      EXPECT_FALSE(failed);
      if (!failed) {
        EXPECT_EQ(failed.error().kind, AcceptError::Kind::too_many_descriptors);
      }
    }
  }
  EXPECT_GE(loop.now() - start, 100ms);  // the second try waited: no spinning
  auto accepted = co_await listener.accept();
  EXPECT_TRUE(accepted);
}

TEST(SocketNetwork, AcceptSurvivesTheLackOfDescriptors) {
  SKIP_UNDER_UBSAN();
  EpollLoop loop;
  SocketNetwork network(loop);
  auto listener = test::value_of(network.listen(Endpoint::with_any_port(loopback)));
  run(loop, accept_without_descriptors(loop, network, *listener));
}

Task<bool> some_connect_hangs(Loop& loop, Network& network, Endpoint to) {
  std::vector<std::unique_ptr<Stream>> connected;
  for (int i = 0; i < 8; ++i) {
    auto attempt = co_await with_deadline(loop, network.connect(to), loop.now() + 50ms);
    if (!attempt) co_return true;
    if (*attempt) connected.push_back(std::move(**attempt));
  }
  co_return false;
}

TEST(SocketNetwork, ConnectIntoAFullBacklogEndsAtItsDeadline) {
  EpollLoop loop;
  SocketNetwork network(loop);
  auto listener = test::value_of(network.listen(Endpoint::with_any_port(loopback), ListenOptions{0}));
  EXPECT_TRUE(run(loop, some_connect_hangs(loop, network, listener->local())));
  EXPECT_EQ(loop.watched(), 1u);  // the listener's alone
}

TEST(SocketNetwork, ToldToComeFromAnAddressThatIsNotOurs) {
  EpollLoop loop;
  SocketNetwork network(loop);
  auto listener = test::value_of(network.listen(Endpoint::with_any_port(loopback)));
  ConnectOptions options{IpAddress::v4({192, 0, 2, 1})};
  EXPECT_EQ(run(loop, connect_error(network, listener->local(), options)).kind,
            ConnectError::Kind::address_unavailable);
  auto elsewhere = network.listen(Endpoint::with_any_port(IpAddress::v4({192, 0, 2, 1})));
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().kind, ListenError::Kind::address_unavailable);
}

Task<Endpoint> connect_from(Network& network, Endpoint to, IpAddress from) {
  auto connected = co_await network.connect(to, ConnectOptions{from});
  auto stream = test::value_of(std::move(connected));
  co_return stream->local();
}

TEST(SocketNetwork, ComesFromTheAddressItIsTold) {
  EpollLoop loop;
  SocketNetwork network(loop);
  auto listener = test::value_of(network.listen(Endpoint::with_any_port(loopback)));
  IpAddress from = IpAddress::v4({127, 0, 0, 7});
  EXPECT_EQ(run(loop, connect_from(network, listener->local(), from)).address, from);
}

TEST(SocketNetwork, TwoDoNotListenAtOnePlace) {
  EpollLoop loop;
  SocketNetwork network(loop);
  auto listener = test::value_of(network.listen(Endpoint::with_any_port(loopback)));
  auto second = network.listen(listener->local());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ListenError::Kind::address_in_use);
}

Task<std::string> connect_over_ipv6(Network& network, StreamListener& listener) {
  test::Pair pair = co_await test::connect_pair(network, listener);
  co_return pair.client->peer().address.text() + " " + pair.server->peer().address.text();
}

TEST(SocketNetwork, SpeaksIpv6) {
  EpollLoop loop;
  SocketNetwork network(loop);
  IpAddress v6_loopback = *IpAddress::parse("::1");
  auto listener = network.listen(Endpoint::with_any_port(v6_loopback));
  if (!listener) GTEST_SKIP() << "this machine has no IPv6: " << describe(listener.error());
  EXPECT_EQ(run(loop, connect_over_ipv6(network, **listener)), "::1 ::1");
}

Task<StreamError::Kind> read_from_resetting_server(Network& network, StreamListener& listener) {
  test::Pair pair = co_await test::connect_pair(network, listener);
  pair.server->abort();
  test::Received received = co_await test::read_to_end(*pair.client);
  co_return received.error.value_or(StreamError::Kind::other);
}

TEST(SocketNetwork, AbortSendsReset) {
  EpollLoop loop;
  SocketNetwork network(loop);
  auto listener = test::value_of(network.listen(Endpoint::with_any_port(loopback)));
  EXPECT_EQ(run(loop, read_from_resetting_server(network, *listener)), StreamError::Kind::reset);
}

using ConnectResult = Result<std::unique_ptr<Stream>, ConnectError>;

Task<StreamError::Kind> read_after_connecting(Loop& loop, Task<ConnectResult> connecting) {
  EndOrDeadline connected(loop, connecting, loop.now() + 10s);
  co_await connected;
  ConnectResult result = connecting.take();
  EXPECT_TRUE(result);
  auto stream = test::value_of(std::move(result));
  test::Received received = co_await test::read_to_end(*stream);
  co_return received.error.value_or(StreamError::Kind::other);
}

TEST(SocketNetwork, ResetRightAfterTheHandshakeIsAConnectionThatWasReset) {
  FileDescriptor listening(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  SocketAddress address(Endpoint::with_any_port(loopback));
  ASSERT_EQ(bind(listening.number(), address.data(), address.size()), 0);
  ASSERT_EQ(listen(listening.number(), 5), 0);
  getsockname(listening.number(), address.data(), address.size_pointer());

  EpollLoop loop;
  SocketNetwork network(loop);
  Task<ConnectResult> connecting = network.connect(address.endpoint());
  connecting.start();
  {
    // The handshake over loopback is done by now, though nobody told the loop yet.
    FileDescriptor accepted(accept4(listening.number(), nullptr, nullptr, SOCK_CLOEXEC));
    ASSERT_TRUE(accepted.is_open());
    linger drop{.l_onoff = 1, .l_linger = 0};
    setsockopt(accepted.number(), SOL_SOCKET, SO_LINGER, &drop, sizeof drop);
  }
  EXPECT_EQ(run(loop, read_after_connecting(loop, std::move(connecting))), StreamError::Kind::reset);
}

}  // namespace
}  // namespace astray
