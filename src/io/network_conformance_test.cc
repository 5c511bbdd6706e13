// What every Network does: the same tests over real sockets and over the network in memory.
#include <algorithm>
#include <numeric>

#include "io/deadline.h"
#include "io/network.h"
#include "io/race.h"
#include "io/running_test.h"
#include "io/sleep.h"
#include "io/task_group.h"

namespace astray {
namespace {

using namespace std::chrono_literals;
using test::connect_pair;
using test::Kind;
using test::numbered_bytes;
using test::Pair;
using test::read_to_end;
using test::Received;
using test::run;
using test::value_of;
using test::World;

class NetworkConformance : public ::testing::TestWithParam<Kind> {
 protected:
  World world{GetParam()};
  Loop& loop = world.loop();
  Network& network = world.network();
};

Task<void> send_and_shut(Stream& stream, std::string bytes) {
  auto written = co_await stream.write_all(bytes);
  EXPECT_TRUE(written);
  stream.shutdown_write();
}

Task<void> exchange(Network& network, StreamListener& listener) {
  Pair pair = co_await connect_pair(network, listener);
  EXPECT_EQ(pair.client->peer(), listener.local());
  EXPECT_EQ(pair.server->local(), listener.local());
  EXPECT_EQ(pair.client->local(), pair.server->peer());
  EXPECT_NE(pair.client->local(), pair.server->local());
  co_await send_and_shut(*pair.client, "question");
  Received question = co_await read_to_end(*pair.server);
  EXPECT_EQ(question.bytes, "question");
  EXPECT_EQ(question.error, std::nullopt);
  // The other direction is still open: a half-closed connection.
  co_await send_and_shut(*pair.server, "answer");
  Received answer = co_await read_to_end(*pair.client);
  EXPECT_EQ(answer.bytes, "answer");
  EXPECT_EQ(answer.error, std::nullopt);
  char more = 0;
  ReadResult end = co_await pair.client->read_some({&more, 1});
  EXPECT_EQ(end, ReadResult(0));  // the end stays the end
}

TEST_P(NetworkConformance, CarriesBytesBothWaysAndHalfCloses) {
  auto listener = world.listen();
  run(loop, exchange(network, *listener));
}

Task<ConnectError> connect_to_nobody(Network& network, Endpoint to) {
  auto result = co_await network.connect(to);
  EXPECT_FALSE(result);
  co_return result ? ConnectError() : result.error();
}

TEST_P(NetworkConformance, RefusesWhereNobodyListens) {
  Endpoint closed = world.listen()->local();
  ConnectError error = run(loop, connect_to_nobody(network, closed));
  EXPECT_EQ(error.kind, ConnectError::Kind::refused);
  EXPECT_EQ(describe(error), "connection refused (ECONNREFUSED)");
}

Task<void> write_big(Stream& stream, const std::string& bytes) {
  auto written = co_await stream.write_all(bytes);
  EXPECT_TRUE(written);
  stream.shutdown_write();
}

Task<void> transfer_both_ways(Loop& loop, Network& network, StreamListener& listener,
                              const std::string& bytes) {
  Pair pair = co_await connect_pair(network, listener);
  TaskGroup writers(loop, 2);
  co_await writers.start(write_big(*pair.client, bytes));
  co_await writers.start(write_big(*pair.server, bytes));
  Received at_server = co_await read_to_end(*pair.server);
  Received at_client = co_await read_to_end(*pair.client);
  EXPECT_TRUE(at_server.bytes == bytes);
  EXPECT_TRUE(at_client.bytes == bytes);
  co_await writers.all_ended();
}

TEST_P(NetworkConformance, CarriesMoreThanItsBuffersHold) {
  auto listener = world.listen();
  std::string bytes = numbered_bytes(8 << 20);
  run(loop, transfer_both_ways(loop, network, *listener, bytes));
}

Task<uint64_t> write_until_full(Loop& loop, Stream& stream) {
  std::string block(100'000, 'x');
  uint64_t taken = 0;
  for (;;) {
    auto written = co_await with_deadline(loop, stream.write_some(block), loop.now() + 50ms);
    if (!written) co_return taken;
    EXPECT_TRUE(*written);
    taken += **written;
  }
}

Task<void> hold_a_writer_back(Loop& loop, Network& network, StreamListener& listener) {
  Pair pair = co_await connect_pair(network, listener);
  uint64_t taken = co_await write_until_full(loop, *pair.client);
  EXPECT_GT(taken, 0u);
  EXPECT_LT(taken, 100u << 20);
  // The write that was given up has sent nothing; reading makes room again.
  pair.client->shutdown_write();
  Received received = co_await read_to_end(*pair.server);
  EXPECT_EQ(received.bytes.size(), taken);
}

TEST_P(NetworkConformance, HoldsAWriterBackWhoseBytesNobodyReads) {
  auto listener = world.listen();
  run(loop, hold_a_writer_back(loop, network, *listener));
}

Task<void> reset_while_reading(Loop& loop, Network& network, StreamListener& listener) {
  Pair pair = co_await connect_pair(network, listener);
  auto written = co_await pair.server->write_all("half of an ans");
  EXPECT_TRUE(written);
  co_await sleep_for(loop, 5ms);
  pair.server->abort();
  Received received = co_await read_to_end(*pair.client);
  EXPECT_EQ(received.bytes, "half of an ans");
  EXPECT_EQ(received.error, StreamError::Kind::reset);
  // It stays broken, for readers and for writers.
  Received again = co_await read_to_end(*pair.client);
  EXPECT_EQ(again.error, StreamError::Kind::reset);
  WriteResult refused = co_await pair.client->write_some("x");
  EXPECT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, StreamError::Kind::reset);
}

TEST_P(NetworkConformance, TellsAReaderOfAReset) {
  auto listener = world.listen();
  run(loop, reset_while_reading(loop, network, *listener));
}

Task<void> abort_later(Loop& loop, Stream& stream) {
  co_await sleep_for(loop, 5ms);
  stream.abort();
}

Task<void> abort_own_stream(Loop& loop, Network& network, StreamListener& listener) {
  Pair pair = co_await connect_pair(network, listener);
  Endpoint local = pair.client->local();
  TaskGroup group(loop, 1);
  co_await group.start(abort_later(loop, *pair.client));
  Received received = co_await read_to_end(*pair.client);
  EXPECT_EQ(received.error, StreamError::Kind::aborted);
  WriteResult refused = co_await pair.client->write_some("x");
  EXPECT_EQ(refused.error().kind, StreamError::Kind::aborted);
  EXPECT_EQ(pair.client->local(), local);
  EXPECT_EQ(pair.client->peer(), listener.local());
  Received at_server = co_await read_to_end(*pair.server);
  EXPECT_EQ(at_server.error, StreamError::Kind::reset);
  co_await group.all_ended();
}

TEST_P(NetworkConformance, AbortEndsWaitingReadsOnThisSideAndResetsThePeer) {
  auto listener = world.listen();
  run(loop, abort_own_stream(loop, network, *listener));
}

Task<void> write_after_shutdown(Network& network, StreamListener& listener) {
  Pair pair = co_await connect_pair(network, listener);
  pair.client->shutdown_write();
  WriteResult refused = co_await pair.client->write_some("x");
  EXPECT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, StreamError::Kind::aborted);
}

TEST_P(NetworkConformance, NothingIsWrittenAfterShutdown) {
  auto listener = world.listen();
  run(loop, write_after_shutdown(network, *listener));
}

Task<void> close_with_unread_bytes(Loop& loop, Network& network, StreamListener& listener) {
  Pair pair = co_await connect_pair(network, listener);
  auto written = co_await pair.client->write_all("unread");
  EXPECT_TRUE(written);
  co_await sleep_for(loop, 5ms);
  pair.server.reset();
  Received received = co_await read_to_end(*pair.client);
  EXPECT_EQ(received.error, StreamError::Kind::reset);
}

TEST_P(NetworkConformance, ClosingWithUnreadBytesResets) {
  auto listener = world.listen();
  run(loop, close_with_unread_bytes(loop, network, *listener));
}

Task<void> write_to_a_closed_peer(Loop& loop, Network& network, StreamListener& listener) {
  Pair pair = co_await connect_pair(network, listener);
  pair.server.reset();
  Received received = co_await read_to_end(*pair.client);
  EXPECT_EQ(received.error, std::nullopt);  // an orderly end
  WriteResult first = co_await pair.client->write_some("into the void");
  EXPECT_TRUE(first);
  co_await sleep_for(loop, 5ms);
  WriteResult second = co_await pair.client->write_some("again");
  EXPECT_FALSE(second);
  EXPECT_EQ(second.error().kind, StreamError::Kind::reset);
}

TEST_P(NetworkConformance, WritingToAClosedPeerFailsOnceItHasAnswered) {
  auto listener = world.listen();
  run(loop, write_to_a_closed_peer(loop, network, *listener));
}

Task<void> keep_what_a_cancelled_read_left(Loop& loop, Network& network, StreamListener& listener) {
  Pair pair = co_await connect_pair(network, listener);
  std::string buffer(100, '\0');
  for (int i = 0; i < 3; ++i) {
    auto nothing = co_await with_deadline(loop, pair.client->read_some(buffer), loop.now() + 2ms);
    EXPECT_FALSE(nothing);
  }
  auto written = co_await pair.server->write_all("kept");
  EXPECT_TRUE(written);
  ReadResult count = co_await pair.client->read_some(buffer);
  EXPECT_EQ(buffer.substr(0, count.value_or(0)), "kept");
}

TEST_P(NetworkConformance, CancelledReadsLoseNothing) {
  auto listener = world.listen();
  run(loop, keep_what_a_cancelled_read_left(loop, network, *listener));
}

Task<void> echo(std::unique_ptr<Stream> stream) {
  std::string buffer(4096, '\0');
  for (;;) {
    ReadResult count = co_await stream->read_some(buffer);
    if (!count || *count == 0) co_return;
    auto written = co_await stream->write_all(std::string_view(buffer).substr(0, *count));
    if (!written) co_return;
  }
}

Task<void> serve(Loop& loop, StreamListener& listener) {
  TaskGroup connections(loop, 5000);
  for (;;) {
    auto accepted = co_await listener.accept();
    EXPECT_TRUE(accepted);
    if (!accepted) co_return;
    co_await connections.start(echo(std::move(*accepted)));
  }
}

struct Meeting {
  size_t expected = 0;
  size_t there = 0;
  size_t answered = 0;
  Gate all_there;
};

Task<void> ask(Network& network, Endpoint to, std::string question, Meeting& meeting) {
  auto connected = co_await network.connect(to);
  auto stream = value_of(std::move(connected));
  if (++meeting.there == meeting.expected) meeting.all_there.open();
  co_await meeting.all_there.pass();  // all are connected at the same time
  auto written = co_await stream->write_all(question);
  EXPECT_TRUE(written);
  stream->shutdown_write();
  Received answer = co_await read_to_end(*stream);
  EXPECT_EQ(answer.bytes, question);
  ++meeting.answered;
}

Task<void> ask_all(Loop& loop, Network& network, Endpoint to, Meeting& meeting) {
  TaskGroup group(loop, meeting.expected);
  for (size_t i = 0; i < meeting.expected; ++i)
    co_await group.start(ask(network, to, "question " + std::to_string(i), meeting));
  co_await group.all_ended();
}

TEST_P(NetworkConformance, ServesAThousandConnectionsAtOnce) {
  auto listener = world.listen();
  Meeting meeting{1000, 0, 0, Gate(loop)};
  SpawnedTask server = loop.spawn(serve(loop, *listener));
  run(loop, ask_all(loop, network, listener->local(), meeting));
  EXPECT_EQ(meeting.answered, 1000u);
}

Task<void> write_endlessly(Stream& stream) {
  std::string block(65536, 'x');
  for (;;) {
    WriteResult written = co_await stream.write_some(block);
    if (!written) co_return;
  }
}

Task<bool> read_endless_bytes_under_deadline(Loop& loop, Network& network, StreamListener& listener) {
  Pair pair = co_await connect_pair(network, listener);
  TaskGroup group(loop, 1);
  co_await group.start(write_endlessly(*pair.server));
  auto received = co_await with_deadline(loop, test::count_to_end(*pair.client), loop.now() + 20ms);
  co_return received.has_value();
}

TEST_P(NetworkConformance, EndlessBytesKeepNobodyFromADeadline) {
  auto listener = world.listen();
  EXPECT_FALSE(run(loop, read_endless_bytes_under_deadline(loop, network, *listener)));
}

Task<void> wait_for_accept(Loop& loop, Network& network, StreamListener& listener) {
  auto nobody = co_await with_deadline(loop, listener.accept(), loop.now() + 2ms);
  EXPECT_FALSE(nobody);
  Pair pair = co_await connect_pair(network, listener);
  EXPECT_EQ(pair.server->peer(), pair.client->local());
}

TEST_P(NetworkConformance, CancelledAcceptsLoseNoConnection) {
  auto listener = world.listen();
  run(loop, wait_for_accept(loop, network, *listener));
}

Task<std::string> connect_and_converse(Loop& loop, Network& network, StreamListener& listener) {
  Pair pair = co_await connect_pair(network, listener);
  TaskGroup group(loop, 4);
  std::string text = numbered_bytes(300'000);
  co_await group.start(write_big(*pair.client, text));
  co_await group.start(write_big(*pair.server, text));
  Received received = co_await read_to_end(*pair.server, 1000);
  auto answer = co_await with_deadline(loop, read_to_end(*pair.client, 1000), loop.now() + 10s);
  co_await group.all_ended();
  co_return received.bytes;
}

TEST_P(NetworkConformance, CanBeCancelledAfterAnyNumberOfTurns) {
  size_t turns_to_the_end = 1;
  for (size_t turns = 0; turns <= turns_to_the_end; ++turns) {
    World one(GetParam());
    auto listener = one.listen();
    Task<std::string> task = connect_and_converse(one.loop(), one.network(), *listener);
    task.start();
    size_t taken = 0;
    while (taken < turns && !task.ended() && one.loop().turn() == Loop::Turn::worked) ++taken;
    if (!task.ended()) turns_to_the_end = std::min<size_t>(turns + 1, 400);
  }
  EXPECT_GT(turns_to_the_end, 5u);
}

INSTANTIATE_TEST_SUITE_P(Over, NetworkConformance, ::testing::Values(Kind::sockets, Kind::memory),
                         [](const auto& tested) {
                           return tested.param == Kind::sockets ? "Sockets" : "Memory";
                         });

}  // namespace
}  // namespace astray
