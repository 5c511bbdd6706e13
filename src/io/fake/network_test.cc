#include "io/fake/network.h"

#include <algorithm>

#include "io/fake/resolver.h"
#include "io/running_test.h"
#include "io/sleep.h"
#include "io/task_group.h"

namespace astray::fake {
namespace {

using namespace std::chrono_literals;
using test::connect_pair;
using test::numbered_bytes;
using test::Pair;
using test::read_to_end;
using test::Received;
using test::run;
using test::value_of;

const Endpoint here{IpAddress::v4({192, 0, 2, 1}), Port(443)};

class FakeNetwork : public ::testing::Test {
 protected:
  std::unique_ptr<StreamListener> listen() { return value_of(network.listen(here)); }
  VirtualLoop loop;
  Network network{loop};
};

Task<void> send_all(Stream& stream, const std::string& bytes) {
  auto written = co_await stream.write_all(bytes);
  if (written) stream.shutdown_write();
}

/// What the client receives of what the server sends, under the link that is set.
Task<Received> receive_from_server(Loop& loop, Network& network, StreamListener& listener,
                                   const std::string& bytes) {
  Pair pair = co_await connect_pair(network, listener);
  TaskGroup group(loop, 1);
  co_await group.start(send_all(*pair.server, bytes));
  co_return co_await read_to_end(*pair.client);
}

TEST_F(FakeNetwork, TakesTheLatencyOfTheLink) {
  Link link;
  link.latency = 50ms;
  network.set_link(here, link);
  auto listener = listen();
  EXPECT_EQ(run(loop, receive_from_server(loop, network, *listener, "hello")).bytes, "hello");
  // A round trip to connect, one way for the bytes; turns cost microseconds.
  EXPECT_GE(loop.elapsed(), 150ms);
  EXPECT_LT(loop.elapsed(), 151ms);
}

TEST_F(FakeNetwork, DeliversOneByteAtATime) {
  Link link;
  link.to_client.delivery = Delivery::one_byte;
  network.set_link(here, link);
  auto listener = listen();
  std::string bytes = numbered_bytes(10'000);
  Received received = run(loop, receive_from_server(loop, network, *listener, bytes));
  EXPECT_EQ(received.bytes, bytes);
  EXPECT_EQ(received.reads, bytes.size());
}

size_t reads_with_seed(uint64_t seed) {
  VirtualLoop loop;
  Network network(loop, seed);
  Link link;
  link.to_client.delivery = Delivery::random_size;
  network.set_default_link(link);
  auto listener = value_of(network.listen(here));
  std::string bytes = numbered_bytes(200'000);
  Received received = run(loop, receive_from_server(loop, network, *listener, bytes));
  EXPECT_TRUE(received.bytes == bytes);
  return received.reads;
}

TEST_F(FakeNetwork, ShortensReadsTheSameWayForTheSameSeed) {
  EXPECT_EQ(reads_with_seed(1), reads_with_seed(1));
  EXPECT_GT(reads_with_seed(1), 4u);
  bool differs = false;
  for (uint64_t seed = 2; seed < 6; ++seed) differs = differs || reads_with_seed(seed) != reads_with_seed(1);
  EXPECT_TRUE(differs);
}

TEST_F(FakeNetwork, OneByteASecondTakesAsManySecondsAsBytes) {
  Link link;
  link.to_client.bytes_per_second = 1;
  network.set_link(here, link);
  auto listener = listen();
  Received received = run(loop, receive_from_server(loop, network, *listener, std::string(500, 'x')));
  EXPECT_EQ(received.bytes.size(), 500u);
  EXPECT_GE(loop.elapsed(), 500s);
  EXPECT_LT(loop.elapsed(), 501s);
}

TEST_F(FakeNetwork, MegabyteOverTenMegabitsTakesAsLongAsItShould) {
  Link link;
  link.to_client.bytes_per_second = 1'250'000;
  network.set_link(here, link);
  auto listener = listen();
  Received received = run(loop, receive_from_server(loop, network, *listener, numbered_bytes(1'250'000)));
  EXPECT_EQ(received.bytes.size(), 1'250'000u);
  EXPECT_GE(loop.elapsed(), 1s);
  EXPECT_LT(loop.elapsed(), 1100ms);
}

TEST_F(FakeNetwork, ResetsAfterEachNumberOfBytes) {
  auto listener = listen();
  for (uint64_t offset = 0; offset <= 12; ++offset) {
    Link link;
    link.to_client.reset_after = offset;
    network.set_link(here, link);
    Received received = run(loop, receive_from_server(loop, network, *listener, "twelve bytes"));
    EXPECT_EQ(received.bytes, std::string_view("twelve bytes").substr(0, offset));
    EXPECT_EQ(received.error, StreamError::Kind::reset) << offset;
  }
}

Task<StreamError::Kind> write_until_error(Network& network, StreamListener& listener) {
  Pair pair = co_await connect_pair(network, listener);
  std::string bytes(1 << 20, 'x');
  auto written = co_await pair.client->write_all(bytes);
  EXPECT_FALSE(written);
  co_return written ? StreamError::Kind::other : written.error().kind;
}

TEST_F(FakeNetwork, ResetWakesAWriterThatWaitsForRoom) {
  Link link;
  link.to_server.reset_after = 100;
  network.set_link(here, link);
  auto listener = listen();
  EXPECT_EQ(run(loop, write_until_error(network, *listener)), StreamError::Kind::reset);
}

Task<Received> receive_until(Loop& loop, Network& network, StreamListener& listener, MonotonicTime deadline,
                             const std::string& bytes) {
  auto received = co_await with_deadline(loop, receive_from_server(loop, network, listener, bytes), deadline);
  co_return received ? *received : Received{"silence", {}, 0};
}

TEST_F(FakeNetwork, FallsSilentAfterEachNumberOfBytes) {
  auto listener = listen();
  for (uint64_t offset = 0; offset < 12; ++offset) {
    Link link;
    link.to_client.silent_after = offset;
    network.set_link(here, link);
    MonotonicTime start = loop.now();
    Received received = run(loop, receive_until(loop, network, *listener, start + 300s, "twelve bytes"));
    EXPECT_EQ(received.bytes, "silence") << offset;
    EXPECT_EQ(loop.now(), start + 300s);
  }
}

TEST_F(FakeNetwork, WithoutDeadlineSilenceStallsTheLoop) {
  Link link;
  link.to_client.silent_after = 3;
  network.set_link(here, link);
  auto listener = listen();
  EXPECT_FALSE(loop.run_until_done(receive_from_server(loop, network, *listener, "twelve bytes")));
}

Task<Result<void, ConnectError>> try_connect(Network& network) {
  auto result = co_await network.connect(here);
  if (!result) co_return Failure<ConnectError>(result.error());
  co_return Result<void, ConnectError>();
}

TEST_F(FakeNetwork, FailsConnectsAsItIsTold) {
  auto listener = listen();
  for (auto kind : {ConnectError::Kind::refused, ConnectError::Kind::unreachable,
                    ConnectError::Kind::permission_denied, ConnectError::Kind::address_unavailable}) {
    network.fail_connects(here, kind);
    auto result = run(loop, try_connect(network));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, kind);
  }
  EXPECT_EQ(network.descriptors(), 1u);
}

TEST_F(FakeNetwork, SwallowsConnectsUntilTheSystemGivesUp) {
  auto listener = listen();
  network.swallow_connects(here);
  auto result = run(loop, try_connect(network));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ConnectError::Kind::timed_out);
  EXPECT_GE(loop.elapsed(), 127s);
}

Task<void> fill_backlog(Network& network, std::vector<std::unique_ptr<Stream>>& streams) {
  for (int i = 0; i < 2; ++i) {
    auto connected = co_await network.connect(here);
    streams.push_back(value_of(std::move(connected)));
  }
}

TEST_F(FakeNetwork, FullBacklogTimesOut) {
  auto listener = value_of(network.listen(here, ListenOptions{2}));
  std::vector<std::unique_ptr<Stream>> streams;
  run(loop, fill_backlog(network, streams));
  auto result = run(loop, try_connect(network));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ConnectError::Kind::timed_out);
}

TEST_F(FakeNetwork, RunsOutOfDescriptors) {
  auto listener = listen();
  network.limit_descriptors(1);
  auto result = run(loop, try_connect(network));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ConnectError::Kind::too_many_descriptors);
  network.limit_descriptors(2);
  EXPECT_TRUE(run(loop, try_connect(network)));
  EXPECT_EQ(network.descriptors(), 1u);
}

TEST_F(FakeNetwork, AnyAddressListensEverywhere) {
  auto listener = value_of(network.listen({IpAddress::v4({}), Port(443)}));
  EXPECT_TRUE(run(loop, try_connect(network)));
  auto second = network.listen({IpAddress::v4({}), Port(443)});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ListenError::Kind::address_in_use);
}

TEST(FakeResolver, AnswersFromItsTable) {
  VirtualLoop loop;
  Resolver resolver(loop);
  Hostname both = *Hostname::parse("both.example"), failing = *Hostname::parse("failing.example"),
           silent = *Hostname::parse("silent.example"), unknown = *Hostname::parse("unknown.example");
  IpAddress v6 = *IpAddress::parse("2001:db8::1"), v4 = *IpAddress::parse("192.0.2.9");
  resolver.set(both, {v6, v4, v6});
  resolver.set(failing,
               ResolveError{ResolveError::Kind::server_failed, "DNS server returned general failure"});
  resolver.swallow(silent);
  EXPECT_EQ(*run(loop, resolver.resolve(both)), (std::vector<IpAddress>{v4, v6}));
  EXPECT_EQ(run(loop, resolver.resolve(failing)).error().kind, ResolveError::Kind::server_failed);
  EXPECT_EQ(run(loop, resolver.resolve(unknown)).error().kind, ResolveError::Kind::not_found);
  EXPECT_FALSE(run(loop, with_deadline(loop, resolver.resolve(silent), loop.now() + 1h)));
}

}  // namespace
}  // namespace astray::fake
