#include "web/server.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "io/fake/network.h"
#include "io/fake/virtual_loop.h"
#include "io/sleep.h"
#include "web/event_hub.h"

namespace astray::web {
namespace {

using namespace std::chrono_literals;

const std::string get_health = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// The server in memory and in virtual time.
struct ServerBench {
  fake::VirtualLoop loop;
  fake::Network network{loop, 1};
  EventHub hub{loop, "e"};
  int changes = 0;
  std::unique_ptr<StreamListener> listener =
      std::move(network.listen(Endpoint::parse("127.0.0.1:9421").value())).value();
  ServerLimits limits;
  Site site = made_site();
  SpawnedTask serving;

  void start() { serving = loop.spawn(serve(loop, *listener, site, limits)); }

  Task<std::unique_ptr<Stream>> connect() {
    auto stream = co_await network.connect(listener->local());
    if (!stream) co_return nullptr;
    co_return std::move(*stream);
  }
  template <typename T>
  T run(Task<T> task) {
    auto result = loop.run_until_done(std::move(task));
    EXPECT_TRUE(result) << "the loop stalled";
    return result ? std::move(*result) : T();
  }

 private:
  Site made_site() {
    Site made{.configured = listener->local()};
    made.routes = {
        {.path = "/healthz", .answer = [](const Request&) { return at_once(plain_answer(200, "ok\n")); }},
        {.path = "/change", .use = Use::change, .answer = [this](const Request&) { return change(); }},
        {.path = "/echo",
         .use = Use::change,
         .answer =
             [](const Request& request) {
               return at_once(plain_answer(200, request.content_type.value_or("none") + ": " + request.body));
             }},
        {.path = "/events", .use = Use::follow, .answer = [this](const Request& request) {
           return at_once(EventStream{hub.subscribe(request.last_event_id)});
         }}};
    return made;
  }
  Task<Reply> change() {
    co_await sleep_for(loop, 1s);
    co_return Reply(plain_answer(200, fmt::format("change {}\n", ++changes)));
  }
};

Task<std::string> read_to_end_of(Stream& stream) {
  std::string bytes;
  std::string buffer(4096, '\0');
  for (;;) {
    ReadResult count = co_await stream.read_some(buffer);
    if (!count || *count == 0) co_return bytes;
    bytes.append(buffer, 0, *count);
  }
}

/// Everything that comes back, until the server closes.
Task<std::string> talk(ServerBench& bench, std::string bytes) {
  std::unique_ptr<Stream> stream = co_await bench.connect();
  Result<void, StreamError> written = co_await stream->write_all(bytes);
  EXPECT_TRUE(written);
  std::string answer = co_await read_to_end_of(*stream);
  co_return answer;
}

/// The same, one byte at a time.
Task<std::string> talk_slowly(ServerBench& bench, std::string bytes, Duration pause) {
  std::unique_ptr<Stream> stream = co_await bench.connect();
  for (size_t i = 0; i < bytes.size(); ++i) {
    WriteResult written = co_await stream->write_some(std::string_view(bytes).substr(i, 1));
    if (!written) break;
    co_await sleep_for(bench.loop, pause);
  }
  std::string answer = co_await read_to_end_of(*stream);
  co_return answer;
}

std::string get_and_close(std::string_view target) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", target);
}

size_t responses_in(const std::string& bytes) {
  size_t count = 0;
  for (size_t at = bytes.find("HTTP/1.1 "); at != std::string::npos; at = bytes.find("HTTP/1.1 ", at + 1))
    ++count;
  return count;
}

TEST(WebServer, Answers) {
  ServerBench bench;
  bench.start();
  const std::string answer = bench.run(talk(bench, get_and_close("/healthz")));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\nok\n")) << answer;
  for (const char* line : {"Content-Type: text/plain; charset=utf-8\r\n", "Content-Length: 3\r\n",
                           "Cache-Control: no-store\r\n", "X-Content-Type-Options: nosniff\r\n",
                           "Connection: close\r\n", "Content-Security-Policy: default-src 'none';"})
    EXPECT_NE(answer.find(line), std::string::npos) << line << answer;
}

TEST(WebServer, AnswersToWhatComesByteByByte) {
  ServerBench bench;
  bench.start();
  const std::string answer = bench.run(talk_slowly(bench, get_and_close("/healthz"), 1ms));
  EXPECT_TRUE(answer.ends_with("\r\n\r\nok\n")) << answer;
}

TEST(WebServer, HeadHasNoBody) {
  ServerBench bench;
  bench.start();
  const std::string answer =
      bench.run(talk(bench, "HEAD /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
  EXPECT_NE(answer.find("Content-Length: 3\r\n"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST(WebServer, KeepsConnectionsAndTakesRequestsInARow) {
  ServerBench bench;
  bench.start();
  const std::string answer = bench.run(talk(bench, get_health + get_health + get_and_close("/healthz")));
  EXPECT_EQ(responses_in(answer), 3u) << answer;
}

TEST(WebServer, TakesAnswersThatComeLater) {
  ServerBench bench;
  bench.start();
  const std::string post =
      "POST /change HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc";
  EXPECT_TRUE(bench.run(talk(bench, post)).ends_with("change 1\n"));
  EXPECT_TRUE(bench.run(talk(bench, get_and_close("/change"))).starts_with("HTTP/1.1 405 "));
  EXPECT_EQ(bench.changes, 1);
}

TEST(WebServer, AStrangersNameIsMisdirected) {
  ServerBench bench;
  bench.start();
  const std::string answer =
      bench.run(talk(bench, "GET /healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 421 Misdirected Request\r\n")) << answer;
  const std::string absolute = bench.run(talk(
      bench, "GET http://evil.example/healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
  EXPECT_TRUE(absolute.starts_with("HTTP/1.1 421 ")) << "the target's authority counts: " << absolute;
}

struct BadCase {
  std::string bytes;
  std::string status;
};

TEST(WebServer, BadRequestsAreAnsweredAndTheConnectionClosed) {
  const BadCase cases[] = {
      {"nonsense\r\n\r\n", "400"},
      {"GET /healthz HTTP/1.1\r\n Host: localhost\r\n\r\n", "400"},
      {"GET / HTTP/3.0\r\n\r\n", "505"},
      {"GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\n\r\n", "414"},
      {"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(9000, 'x') + "\r\n\r\n", "431"},
      {"POST /change HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999\r\n\r\n", "413"},
      {"POST /change HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: "
       "chunked\r\n\r\n",
       "400"},
  };
  for (const BadCase& c : cases) {
    ServerBench bench;
    bench.start();
    const std::string answer = bench.run(talk(bench, c.bytes));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + c.status)) << c.bytes.substr(0, 50) << "\n" << answer;
    EXPECT_EQ(responses_in(answer), 1u);
    EXPECT_EQ(bench.changes, 0);
  }
}

TEST(WebServer, ARequestHasItsBodyHoweverItComes) {
  const std::string head = "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/x\r\n";
  const std::string requests[] = {
      head + "Content-Length: 11\r\n\r\nhello there",
      head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n there\r\n0\r\n\r\n"};
  for (const std::string& request : requests) {
    ServerBench bench;
    bench.start();
    // Twice on one connection: the second has nothing of the first.
    const std::string told = bench.run(talk(bench, request + request + get_and_close("/healthz")));
    const size_t first = told.find("text/x: hello there");
    ASSERT_NE(first, std::string::npos) << told;
    EXPECT_NE(told.find("text/x: hello there", first + 1), std::string::npos) << told;
    EXPECT_EQ(told.find("hello therehello"), std::string::npos);
  }
}

TEST(WebServer, WaitsForNobodyForLong) {
  ServerBench bench;
  bench.start();
  const MonotonicTime begin = bench.loop.now();
  EXPECT_EQ(bench.run(talk(bench, "")), "");
  EXPECT_LE(bench.loop.now() - begin, 76s);
  const MonotonicTime second = bench.loop.now();
  EXPECT_EQ(bench.run(talk(bench, "GET /healthz HT")), "");
  EXPECT_LE(bench.loop.now() - second, 11s) << "a request that has begun has ten seconds";
  const MonotonicTime third = bench.loop.now();
  EXPECT_EQ(bench.run(talk_slowly(bench, get_health, 5s)), "") << "and each byte does not give it ten more";
  EXPECT_LE(bench.loop.now() - third, 16s);
}

Task<bool> connects_that_wait(ServerBench& bench, size_t count) {
  std::vector<std::unique_ptr<Stream>> streams;
  for (size_t i = 0; i < count; ++i) {
    std::unique_ptr<Stream> stream = co_await bench.connect();
    streams.push_back(std::move(stream));
  }
  Result<void, StreamError> written = co_await streams.back()->write_all(get_health);
  EXPECT_TRUE(written);
  co_await sleep_for(bench.loop, 1s);
  std::string buffer(100, '\0');
  const bool answered_early = streams.back()->try_read(buffer).has_value();
  streams.erase(streams.begin());
  co_await sleep_for(bench.loop, 1s);
  const bool answered = streams.back()->try_read(buffer).has_value();
  EXPECT_TRUE(answered) << "there is room by now";
  co_return !answered_early && answered;
}

TEST(WebServer, HasSoManyConnectionsAtATime) {
  ServerBench bench;
  bench.limits.connections = 4;
  bench.start();
  EXPECT_TRUE(bench.run(connects_that_wait(bench, 5)));
}

const std::string get_events = "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// A reader of the stream, and what it has read.
struct Reader {
  std::unique_ptr<Stream> stream;
  std::string bytes{};
  bool ended = false;

  void read_what_is_there() {
    std::string buffer(64 * 1024, '\0');
    while (!ended) {
      const auto count = stream->try_read(buffer);
      if (!count) return;
      ended = !*count || **count == 0;
      if (!ended) bytes.append(buffer, 0, **count);
    }
  }
};

Task<Reader> follow_events(ServerBench& bench, std::string request) {
  std::unique_ptr<Stream> stream = co_await bench.connect();
  Result<void, StreamError> written = co_await stream->write_all(request);
  EXPECT_TRUE(written);
  co_await sleep_for(bench.loop, 1s);
  Reader reader{std::move(stream)};
  reader.read_what_is_there();
  co_return reader;
}

Task<void> pass_time(ServerBench& bench, Duration duration) {
  co_await sleep_for(bench.loop, duration);
}

void let_pass(ServerBench& bench, Duration duration) {
  ASSERT_TRUE(bench.loop.run_until_done(pass_time(bench, duration)));
}

/// The content of a chunked body that has not ended.
std::string content_of(const std::string& bytes) {
  std::string_view rest = std::string_view(bytes).substr(bytes.find("\r\n\r\n") + 4);
  std::string content;
  while (!rest.empty()) {
    const size_t size = std::stoul(std::string(rest.substr(0, rest.find("\r\n"))), nullptr, 16);
    rest.remove_prefix(rest.find("\r\n") + 2);
    content += rest.substr(0, size);
    rest.remove_prefix(std::min(size + 2, rest.size()));
  }
  return content;
}

TEST(WebServer, TellsEventsAsTheyCome) {
  ServerBench bench;
  bench.start();
  Reader reader = bench.run(follow_events(bench, get_events));
  EXPECT_TRUE(reader.bytes.starts_with("HTTP/1.1 200 OK\r\n")) << reader.bytes;
  for (const char* line : {"Content-Type: text/event-stream\r\n", "Transfer-Encoding: chunked\r\n",
                           "Cache-Control: no-store\r\n"})
    EXPECT_NE(reader.bytes.find(line), std::string::npos) << line << reader.bytes;
  EXPECT_EQ(content_of(reader.bytes), "id: e-0\nevent: hello\ndata: \n\n");
  bench.hub.publish("cell", "1");
  bench.hub.publish("cell", "2");
  let_pass(bench, 1s);
  reader.bytes = "\r\n\r\n";
  reader.read_what_is_there();
  EXPECT_EQ(content_of(reader.bytes), "id: e-1\nevent: cell\ndata: 1\n\nid: e-2\nevent: cell\ndata: 2\n\n");
}

TEST(WebServer, TakesAStreamUpWhereItEnded) {
  ServerBench bench;
  bench.start();
  for (const char* data : {"1", "2"}) bench.hub.publish("cell", data);
  const Reader reader = bench.run(
      follow_events(bench, "GET /events HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: e-1\r\n\r\n"));
  EXPECT_EQ(content_of(reader.bytes), "id: e-2\nevent: cell\ndata: 2\n\n");
}

TEST(WebServer, AStreamWithoutNewsHasAHeartbeat) {
  ServerBench bench;
  bench.start();
  Reader reader = bench.run(follow_events(bench, get_events));
  reader.bytes = "\r\n\r\n";
  let_pass(bench, 50s);
  reader.read_what_is_there();
  EXPECT_EQ(content_of(reader.bytes), ":\n\n:\n\n:\n\n");
  EXPECT_FALSE(reader.ended);
}

TEST(WebServer, NoticesAReaderThatCloses) {
  ServerBench bench;
  bench.start();
  {
    const Reader reader = bench.run(follow_events(bench, get_events));
    EXPECT_EQ(bench.hub.readers(), 1u);
  }
  let_pass(bench, 1s);
  EXPECT_EQ(bench.hub.readers(), 0u) << "before the next heartbeat";
}

TEST(WebServer, EndsAReaderThatTakesNothing) {
  ServerBench bench;
  bench.start();
  const Reader reader = bench.run(follow_events(bench, get_events));
  for (int second = 0; second < 60; ++second) {
    for (int i = 0; i < 10; ++i) bench.hub.publish("cell", std::string(16 * 1024, 'x'));
    let_pass(bench, 1s);
  }
  EXPECT_EQ(bench.hub.readers(), 0u);
}

TEST(WebServer, EndsAReaderThatTalks) {
  ServerBench bench;
  bench.start();
  Reader reader = bench.run(follow_events(bench, get_events + std::string(100, 'x')));
  EXPECT_FALSE(reader.ended) << "a pipelined request is dropped";
  reader = bench.run(follow_events(bench, get_events + std::string(40'000, 'x')));
  reader.read_what_is_there();
  EXPECT_TRUE(reader.ended);
}

TEST(WebServer, StreamsLeaveRoomForOtherRequests) {
  ServerBench bench;
  bench.limits.streams = 2;
  bench.start();
  {
    const Reader first = bench.run(follow_events(bench, get_events));
    const Reader second = bench.run(follow_events(bench, get_events));
    const Reader third = bench.run(follow_events(bench, get_events));
    EXPECT_TRUE(third.bytes.starts_with("HTTP/1.1 503 Service Unavailable\r\n")) << third.bytes;
    EXPECT_NE(third.bytes.find("Retry-After: 30\r\n"), std::string::npos);
    EXPECT_EQ(bench.hub.readers(), 2u);
    EXPECT_TRUE(bench.run(talk(bench, get_and_close("/healthz"))).ends_with("ok\n"));
  }
  let_pass(bench, 1s);
  const Reader later = bench.run(follow_events(bench, get_events));
  EXPECT_TRUE(later.bytes.starts_with("HTTP/1.1 200 OK\r\n")) << "there is room by now";
}

TEST(WebServer, HeadOfAStreamEnds) {
  ServerBench bench;
  bench.start();
  const std::string answer =
      bench.run(talk(bench, "HEAD /events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
  EXPECT_NE(answer.find("Content-Type: text/event-stream\r\n"), std::string::npos) << answer;
  EXPECT_EQ(bench.hub.readers(), 0u);
}

TEST(WebServer, EndsWithItsTask) {
  ServerBench bench;
  bench.start();
  EXPECT_TRUE(bench.run(talk(bench, get_and_close("/healthz"))).ends_with("ok\n"));
  EXPECT_FALSE(bench.serving.ended());
  bench.serving.cancel();
  EXPECT_EQ(bench.loop.timers().size(), 0u);
}

}  // namespace
}  // namespace astray::web
