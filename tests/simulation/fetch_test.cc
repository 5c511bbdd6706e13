// Requests and responses of the client, whole and broken, over both protocols.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "client/content_decoder.h"
#include "simulation/fetch_world.h"

namespace astray::simulation {
namespace {

using namespace std::chrono_literals;
using client::FailureKind;
using client::Phase;

/// A source of so many bytes that gives them a few at a time.
class Trickle final : public client::BodySource {
 public:
  enum class Replay : uint8_t { possible, impossible };
  Trickle(Loop& loop, size_t size, Replay replay)
      : timer_(*this, loop), left_(size), size_(size), replay_(replay) {}

  Piece read(size_t most) override {
    if (left_ == 0) return {Piece::Kind::end};
    if (!ready_) {
      timer_.start();
      return {Piece::Kind::later};
    }
    ready_ = false;
    piece_ = std::string(std::min({most, left_, size_t{1000}}), 'x');
    left_ -= piece_.size();
    return {Piece::Kind::bytes, piece_};
  }
  bool rewind() override {
    left_ = size_;
    return replay_ == Replay::possible;
  }
  bool is_replayable() const override { return replay_ == Replay::possible; }
  std::optional<uint64_t> length() const override { return std::nullopt; }
  void set_reader(Reader* reader) override { reader_ = reader; }

 private:
  class Ticking final : public Timer {
   public:
    Ticking(Trickle& trickle, Loop& loop) : trickle_(trickle), loop_(loop) {}
    void start() {
      if (!is_set()) loop_.timers().set(*this, loop_.now() + 1ms);
    }
    void on_deadline(MonotonicTime) override {
      trickle_.ready_ = true;
      if (trickle_.reader_ != nullptr) trickle_.reader_->body_is_ready();
    }

   private:
    Trickle& trickle_;
    Loop& loop_;
  };
  Ticking timer_;
  size_t left_, size_;
  Replay replay_;
  bool ready_ = false;
  std::string piece_;
  Reader* reader_ = nullptr;
};

/// Each test runs over HTTP/1.1 and over HTTP/2.
class FetchTest : public ::testing::TestWithParam<client::HttpVersions> {
 protected:
  FetchWorld world;

  Origin& start(std::function<std::optional<Answered>(const Asked&)> answer) {
    world.name("a.example", {"192.0.2.1"});
    OriginOptions options{.sites = {{.name = "a.example", .body = "this is a"}}, .answer = std::move(answer)};
    return world.add_origin("192.0.2.1:443", std::move(options));
  }
  client::Request request(std::string_view url = "https://a.example/") {
    client::Request made = world.request(url);
    made.versions = GetParam();
    return made;
  }
  bool is_h1() const { return GetParam() == client::HttpVersions::h1_only; }
};

INSTANTIATE_TEST_SUITE_P(Both, FetchTest,
                         testing::Values(client::HttpVersions::h1_only, client::HttpVersions::h2_only),
                         [](const auto& parameter) {
                           return std::string(parameter.param == client::HttpVersions::h1_only ? "h1" : "h2");
                         });

TEST_P(FetchTest, SendsMethodTargetFieldsAndBody) {
  Asked seen;
  start([&](const Asked& asked) {
    seen = asked;
    return std::optional(Answered{201, "made"});
  });
  client::Request post = request("https://a.example/path?query=1");
  post.method = "POST";
  post.fields.add("Content-Type", "text/plain");
  post.fields.add("X-Two", "1");
  post.fields.add("X-Two", "2");
  post.body = std::string("hello");
  const Fetched fetched = world.fetch(std::move(post));
  EXPECT_EQ(fetched.text(), "201 on 1 opened: made");
  EXPECT_EQ(fetched.report.uploaded_bytes, 5u);
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/path?query=1");
  EXPECT_EQ(seen.host, "a.example");
  EXPECT_EQ(seen.body, "hello");
  EXPECT_EQ(seen.field("content-type"), "text/plain");
  EXPECT_EQ(seen.field("content-length"), "5");
  EXPECT_EQ(seen.field("user-agent"), "astray");
  EXPECT_EQ(seen.field("accept"), "*/*");
}

TEST_P(FetchTest, StreamsABodyOfUnknownLengthWithTrailers) {
  Asked seen;
  start([&](const Asked& asked) {
    seen = asked;
    return std::optional(Answered{.status = 200, .body = "ok", .trailers = {{"X-Sum", "42"}}});
  });
  client::Request post = request();
  post.method = "PUT";
  post.body = std::make_shared<Trickle>(world.loop(), 50'000, Trickle::Replay::impossible);
  post.trailers.add("X-Digest", "abc");
  const Fetched fetched = world.fetch(std::move(post));
  EXPECT_EQ(fetched.text(), "200 on 1 opened: ok");
  EXPECT_EQ(seen.body.size(), 50'000u);
  EXPECT_EQ(fetched.kept->trailers.find("x-sum"), "42");
}

TEST_P(FetchTest, APausedConsumerHoldsTheServerBack) {
  world.settings().stream_window = 1024 * 1024;
  const std::string body(4'000'000, 'b');
  start([&](const Asked&) { return std::optional(Answered{200, body}); });
  Fetched fetched;
  fetched.kept = std::make_unique<Kept>();
  fetched.kept->pause_every = 100'000;
  SpawnedTask task = world.loop().spawn(world.fetch_into(request(), fetched));
  size_t pauses = 0;
  while (!task.ended() && pauses < 100) {
    world.wait(1s);
    // At most what the windows and the socket held.
    EXPECT_LE(fetched.kept->body.size(), (pauses + 1) * 1'300'000u);
    ++pauses;
    if (!task.ended()) fetched.kept->flow->resume();
  }
  EXPECT_GT(pauses, 3u);
  EXPECT_EQ(fetched.kept->body, body);
  EXPECT_FALSE(fetched.report.failure);
}

TEST_P(FetchTest, FollowsRedirectsAndDropsTheBodyAfter303) {
  start([](const Asked& asked) -> std::optional<Answered> {
    if (asked.target == "/first")
      return Answered{.status = 303, .body = "see other", .fields = {{"Location", "/second"}}};
    return Answered{200, asked.method + " " + asked.target + " " + asked.body};
  });
  client::Request post = request("https://a.example/first");
  post.method = "POST";
  post.body = std::string("hello");
  post.redirects.limit = 5;
  const Fetched fetched = world.fetch(std::move(post));
  EXPECT_EQ(fetched.kept->body, "GET /second ");
  EXPECT_EQ(fetched.kept->passed_over, std::vector{303});
  EXPECT_EQ(fetched.report.redirects, 1u);
  EXPECT_EQ(fetched.report.url->text(), "https://a.example/second");
}

TEST_P(FetchTest, ALoopOfRedirectsEnds) {
  Origin& origin = start([](const Asked&) {
    return std::optional(Answered{.status = 302, .body = "", .fields = {{"Location", "/again"}}});
  });
  client::Request get = request();
  get.redirects.limit = 5;
  const Fetched fetched = world.fetch(std::move(get));
  ASSERT_TRUE(fetched.report.failure);
  EXPECT_EQ(fetched.report.failure->kind, FailureKind::redirect_refused);
  EXPECT_EQ(origin.traffic().requests, 6u);
}

TEST_P(FetchTest, ASilentServerIsGivenUp) {
  start([](const Asked&) {
    return std::optional(Answered{.status = 200, .body = "", .speech = Speech::never});
  });
  client::Request get = request();
  get.timeouts.head = 3s;
  const Fetched fetched = world.fetch(std::move(get));
  EXPECT_EQ(fetched.text(), "timed-out in response-head: no response within 3 s");
  EXPECT_EQ(fetched.report.failure->processing, client::Processing::possible);
}

TEST_P(FetchTest, ABodyThatStopsIsGivenUp) {
  start([](const Asked&) {
    return std::optional(Answered{.status = 200, .body = "0123456789", .speech = Speech::half});
  });
  client::Request get = request();
  get.timeouts.idle = 4s;
  const Fetched fetched = world.fetch(std::move(get));
  EXPECT_EQ(fetched.text(), "timed-out in response-body: no byte of the response moved for 4 s");
  EXPECT_EQ(fetched.kept->body, "01234");
}

TEST_P(FetchTest, TheTotalTimeHoldsForAllPhases) {
  world.name("slow.example", {"192.0.2.9"});
  world.network().swallow_connects(Endpoint::parse("192.0.2.9:443").value());
  client::Request get = request("https://slow.example/");
  get.timeouts.total = 2s;
  const MonotonicTime before = world.loop().now();
  EXPECT_EQ(world.fetch(std::move(get)).text(), "timed-out in connect: gave up after 2 s");
  EXPECT_LE(world.loop().now() - before, 2100ms);
}

TEST_P(FetchTest, ACancelledFetchLeavesTheClientUsable) {
  start([](const Asked& asked) -> std::optional<Answered> {
    if (asked.target == "/never") return Answered{.status = 200, .body = "", .speech = Speech::never};
    return std::nullopt;
  });
  // After every number of microseconds of a fetch's life.
  for (int i = 0; i < 200; ++i) {
    Fetched cut;
    SpawnedTask task = world.loop().spawn(world.fetch_into(request("https://a.example/never"), cut));
    world.wait(std::chrono::microseconds(i * 13));
    task.cancel();
    if (i % 20 == 0) {
      EXPECT_EQ(world.fetch(request()).kept->body, "this is a") << i;
    }
  }
  world.wait(1s);
  EXPECT_LE(world.client().connections(), 6u);
}

TEST_P(FetchTest, AnEarlyAnswerEndsAnUpload) {
  world.name("a.example", {"192.0.2.1"});
  world.add_origin("192.0.2.1:443", {.sites = {{.name = "a.example", .body = "this is a"}},
                                     .answer_to_head = [](const Asked& asked) -> std::optional<Answered> {
                                       if (asked.method == "POST") return Answered{413, "too much"};
                                       return std::nullopt;
                                     }});
  client::Request post = request();
  post.method = "POST";
  post.body = std::make_shared<Trickle>(world.loop(), 10'000'000, Trickle::Replay::impossible);
  const Fetched fetched = world.fetch(std::move(post));
  EXPECT_EQ(fetched.text(), "413 on 1 opened: too much");
  EXPECT_EQ(world.fetch(request()).kept->body, "this is a");
}

TEST_P(FetchTest, A421WithAReplayableBodySendsItAgain) {
  std::vector<std::string> bodies;
  start([&](const Asked& asked) -> std::optional<Answered> {
    bodies.push_back(asked.body);
    return bodies.size() == 1 ? Answered{421, "misdirected"} : Answered{200, "ok"};
  });
  client::Request post = request();
  post.method = "POST";
  post.body = std::make_shared<Trickle>(world.loop(), 5'000, Trickle::Replay::possible);
  const Fetched fetched = world.fetch(std::move(post));
  EXPECT_EQ(fetched.text(), "200 on 2 opened: ok");
  EXPECT_EQ(bodies, (std::vector{std::string(5'000, 'x'), std::string(5'000, 'x')}));
}

TEST_P(FetchTest, A421WithABodyThatIsGoneIsReturned) {
  Origin& origin = start([&](const Asked&) { return std::optional(Answered{421, "misdirected"}); });
  client::Request post = request();
  post.method = "POST";
  post.body = std::make_shared<Trickle>(world.loop(), 5'000, Trickle::Replay::impossible);
  const Fetched fetched = world.fetch(std::move(post));
  EXPECT_EQ(fetched.text(), "421 on 1 opened: misdirected");
  EXPECT_EQ(fetched.report.misdirected->verdict.reason, Reason::body_not_replayable);
  EXPECT_EQ(origin.traffic().requests, 1u);
}

TEST_P(FetchTest, A421WithAHugeBodyIsNotRead) {
  const std::string huge(50'000'000, 'h');
  int asked_times = 0;
  start([&](const Asked&) -> std::optional<Answered> {
    return ++asked_times == 1 ? Answered{421, huge} : Answered{200, "ok"};
  });
  const Fetched fetched = world.fetch(request());
  EXPECT_EQ(fetched.text(), "200 on 2 opened: ok");
}

TEST_P(FetchTest, AltSvcInA421IsIgnored) {
  int asked_times = 0;
  Origin& origin = start([&](const Asked&) -> std::optional<Answered> {
    if (++asked_times == 1)
      return Answered{.status = 421, .body = "no", .fields = {{"Alt-Svc", "h2=\"evil.example:443\""}}};
    return Answered{200, "ok"};
  });
  EXPECT_EQ(world.fetch(request()).text(), "200 on 2 opened: ok");
  EXPECT_EQ(world.fetch(request()).text(), "200 on 2 reused: ok");
  EXPECT_EQ(origin.traffic().connections, 2u);
}

TEST_P(FetchTest, ClosingConnectionsAreReplaced) {
  world.name("a.example", {"192.0.2.1"});
  for (const Farewell farewell : {Farewell::announced}) {
    Origin& origin = world.add_origin("192.0.2.1:443", {.sites = {{.name = "a.example", .body = "this is a"}},
                                                        .requests_per_connection = 2,
                                                        .farewell = farewell});
    for (int i = 0; i < 10; ++i) EXPECT_EQ(world.fetch(request()).kept->body, "this is a");
    EXPECT_EQ(origin.traffic().connections, 5u);
    EXPECT_EQ(origin.traffic().requests, 10u);
  }
}

TEST_P(FetchTest, HeadHasNoBody) {
  start([](const Asked& asked) {
    return std::optional(Answered{200, asked.method == "HEAD" ? "" : "body"});
  });
  client::Request head = request();
  head.method = "HEAD";
  EXPECT_EQ(world.fetch(std::move(head)).text(), "200 on 1 opened: ");
  EXPECT_EQ(world.fetch(request()).text(), "200 on 1 reused: body");
}

TEST_P(FetchTest, ExpectedContinueHoldsTheBody) {
  Asked seen;
  start([&](const Asked& asked) {
    seen = asked;
    return std::optional(Answered{200, "ok"});
  });
  client::Request post = request();
  post.method = "POST";
  post.fields.add("Expect", "100-continue");
  post.body = std::string("hello");
  const MonotonicTime before = world.loop().now();
  const Fetched fetched = world.fetch(std::move(post));
  EXPECT_EQ(fetched.text(), "200 on 1 opened: ok");
  EXPECT_EQ(seen.body, "hello");
  // The HTTP/2 origin says nothing: the body goes after a second.
  if (is_h1()) {
    EXPECT_EQ(fetched.kept->interim, std::vector{100});
    EXPECT_LT(world.loop().now() - before, 900ms);
  } else {
    EXPECT_GE(world.loop().now() - before, 1s);
  }
}

TEST_P(FetchTest, RefusesToSplitTheNames) {
  start([](const Asked&) { return std::nullopt; });
  client::Request split = request();
  split.fields.add("Host", "b.example");
  const Fetched fetched = world.fetch(std::move(split));
  ASSERT_TRUE(fetched.report.failure);
  EXPECT_EQ(fetched.report.failure->kind, FailureKind::identity_split);
  client::Request same = request();
  same.fields.add("host", "A.example:443");
  EXPECT_EQ(world.fetch(std::move(same)).kept->body, "this is a");
}

TEST_P(FetchTest, SplitsTheNamesWhereItIsAskedForByName) {
  Asked seen;
  start([&](const Asked& asked) {
    seen = asked;
    return std::optional(Answered{200, "ok"});
  });
  world.name("b.example", {"192.0.2.1"});
  EXPECT_EQ(world.fetch(request()).text(), "200 on 1 opened: ok");
  client::Request split = request("https://b.example/");
  split.identity =
      client::ConnectIdentity{ServerName::parse("a.example").value(), Host::parse("a.example").value()};
  EXPECT_EQ(world.fetch(std::move(split)).text(), "200 on 2 opened: ok");
  EXPECT_EQ(seen.sni, "a.example");
  EXPECT_EQ(seen.host, "b.example");
}

TEST_P(FetchTest, BadRequestsAreRefusedBeforeAnythingIsSent) {
  Origin& origin = start([](const Asked&) { return std::nullopt; });
  for (const auto& [method, name, value] :
       std::vector<std::array<std::string, 3>>{{"GE T", "X", "1"},
                                               {"GET", "X Y", "1"},
                                               {"GET", "X", "1\r\nInjected: 1"},
                                               {"GET", "", "1"},
                                               {"CONNECT", "X", "1"},
                                               {"GET", "Upgrade", "websocket"}}) {
    client::Request bad = request();
    bad.method = method;
    bad.fields.add(name, value);
    const Fetched fetched = world.fetch(std::move(bad));
    ASSERT_TRUE(fetched.report.failure) << name;
    EXPECT_EQ(fetched.report.failure->kind, FailureKind::invalid_request);
  }
  EXPECT_EQ(origin.traffic().connections, 0u);
}

}  // namespace
}  // namespace astray::simulation
