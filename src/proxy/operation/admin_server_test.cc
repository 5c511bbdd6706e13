#include "proxy/operation/admin_server.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "io/fake/network.h"
#include "io/fake/virtual_loop.h"
#include "io/sleep.h"
#include "proxy/operation/admin_source_test.h"

namespace astray::proxy {
namespace {

using namespace std::chrono_literals;

const std::string get_health = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// The server in memory and in virtual time.
struct AdminBench {
  fake::VirtualLoop loop;
  fake::Network network{loop, 1};
  astray::test::FakeAdminSource source;
  std::unique_ptr<StreamListener> listener =
      std::move(network.listen(Endpoint::parse("127.0.0.1:9421").value())).value();
  AdminLimits limits;
  SpawnedTask serving;

  void start() { serving = loop.spawn(serve_admin(loop, *listener, source, listener->local(), limits)); }

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
Task<std::string> talk(AdminBench& bench, std::string bytes) {
  std::unique_ptr<Stream> stream = co_await bench.connect();
  Result<void, StreamError> written = co_await stream->write_all(bytes);
  EXPECT_TRUE(written);
  std::string answer = co_await read_to_end_of(*stream);
  co_return answer;
}

/// The same, one byte at a time.
Task<std::string> talk_slowly(AdminBench& bench, std::string bytes, Duration pause) {
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

TEST(AdminServer, Answers) {
  AdminBench bench;
  bench.start();
  const std::string answer = bench.run(talk(bench, get_and_close("/readyz")));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\nready\n")) << answer;
  for (const char* line : {"Content-Type: text/plain; charset=utf-8\r\n", "Content-Length: 6\r\n",
                           "Cache-Control: no-store\r\n", "X-Content-Type-Options: nosniff\r\n",
                           "Connection: close\r\n", "Content-Security-Policy: default-src 'none';"})
    EXPECT_NE(answer.find(line), std::string::npos) << line << answer;
}

TEST(AdminServer, AnswersToWhatComesByteByByte) {
  AdminBench bench;
  bench.start();
  const std::string answer = bench.run(talk_slowly(bench, get_and_close("/metrics"), 1ms));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n# metrics\n")) << answer;
}

TEST(AdminServer, HeadHasNoBody) {
  AdminBench bench;
  bench.start();
  const std::string answer =
      bench.run(talk(bench, "HEAD /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
  EXPECT_NE(answer.find("Content-Length: 6\r\n"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST(AdminServer, KeepsConnectionsAndTakesRequestsInARow) {
  AdminBench bench;
  bench.start();
  const std::string answer = bench.run(talk(bench, get_health + get_health + get_and_close("/healthz")));
  EXPECT_EQ(responses_in(answer), 3u) << answer;
}

TEST(AdminServer, Reloads) {
  AdminBench bench;
  bench.start();
  const std::string post =
      "POST /admin/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc";
  EXPECT_TRUE(bench.run(talk(bench, post)).ends_with("configuration 3 is in use\n"));
  EXPECT_EQ(bench.source.reloads, 1);
  bench.source.reloaded = failure("g:1:1: no");
  EXPECT_TRUE(bench.run(talk(bench, post)).starts_with("HTTP/1.1 409 Conflict\r\n"));
  EXPECT_EQ(bench.source.reloads, 2);
  EXPECT_TRUE(bench.run(talk(bench, get_and_close("/admin/reload"))).starts_with("HTTP/1.1 405 "));
  EXPECT_EQ(bench.source.reloads, 2);
}

TEST(AdminServer, AStrangersNameIsMisdirected) {
  AdminBench bench;
  bench.start();
  const std::string answer =
      bench.run(talk(bench, "GET /metrics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 421 Misdirected Request\r\n")) << answer;
  const std::string absolute = bench.run(talk(
      bench, "GET http://evil.example/metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
  EXPECT_TRUE(absolute.starts_with("HTTP/1.1 421 ")) << "the target's authority counts: " << absolute;
}

struct BadCase {
  std::string bytes;
  std::string status;
};

TEST(AdminServer, BadRequestsAreAnsweredAndTheConnectionClosed) {
  const BadCase cases[] = {
      {"nonsense\r\n\r\n", "400"},
      {"GET /healthz HTTP/1.1\r\n Host: localhost\r\n\r\n", "400"},
      {"GET / HTTP/3.0\r\n\r\n", "505"},
      {"GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\n\r\n", "414"},
      {"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(9000, 'x') + "\r\n\r\n", "431"},
      {"POST /admin/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999\r\n\r\n", "413"},
      {"POST /admin/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: "
       "chunked\r\n\r\n",
       "400"},
  };
  for (const BadCase& c : cases) {
    AdminBench bench;
    bench.start();
    const std::string answer = bench.run(talk(bench, c.bytes));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + c.status)) << c.bytes.substr(0, 50) << "\n" << answer;
    EXPECT_EQ(responses_in(answer), 1u);
    EXPECT_EQ(bench.source.reloads, 0);
  }
}

TEST(AdminServer, WaitsForNobodyForLong) {
  AdminBench bench;
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

Task<bool> connects_that_wait(AdminBench& bench, size_t count) {
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

TEST(AdminServer, HasSoManyConnectionsAtATime) {
  AdminBench bench;
  bench.limits.connections = 4;
  bench.start();
  EXPECT_TRUE(bench.run(connects_that_wait(bench, 5)));
}

TEST(AdminServer, EndsWithItsTask) {
  AdminBench bench;
  bench.start();
  EXPECT_TRUE(bench.run(talk(bench, get_and_close("/healthz"))).ends_with("ok\n"));
  EXPECT_FALSE(bench.serving.ended());
  bench.serving.cancel();
  EXPECT_EQ(bench.loop.timers().size(), 0u);
}

}  // namespace
}  // namespace astray::proxy
