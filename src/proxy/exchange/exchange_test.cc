// One request through the gateway, between a client's side and a back that do what the test says.
#include "proxy/exchange/exchange.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "proxy/front/front_world_test.h"

namespace astray::proxy::test {
namespace {

using gateway::Body;
using Kind = BackFailure::Kind;
using Processing = BackFailure::Processing;

/// The client's side; writes down what is told to it.
class ToldStream final : public FrontStream {
 public:
  void inform(int status, const Fields&) override { note(fmt::format("interim:{}", status)); }
  void respond(ResponseHead response) override {
    EXPECT_EQ(head.status, 0) << "two answers";
    head = std::move(response);
    note(fmt::format("head:{}", head.status));
  }
  void send_body(std::string_view bytes) override {
    EXPECT_NE(head.status, 0) << "a body before its head";
    body += bytes;
    if (!log.ends_with("body")) note("body");
  }
  void end_body(Fields fields) override {
    trailers = std::move(fields);
    note("end");
  }
  void abort() override { note("abort"); }
  size_t unsent() const override { return waiting; }
  void consume(size_t bytes) override { consumed += bytes; }
  std::string field(std::string_view name) const {
    return std::string(http2::first_value(head.fields, name).value_or(""));
  }

  ResponseHead head{.status = 0};
  std::string body, log;
  Fields trailers;
  size_t waiting = 0, consumed = 0;

 private:
  void note(std::string_view what) {
    const bool over = log.ends_with("end") || log.ends_with("abort");
    EXPECT_FALSE(over) << what << " behind the end";
    log += (log.empty() ? "" : " ") + std::string(what);
  }
};

class KeptJournal final : public Journal {
 public:
  gateway::WallTime wall_time() override { return {}; }
  std::string_view http_date() override { return "Thu, 01 Jan 1970 00:00:00 GMT"; }
  void on_request_ended(const gateway::LogRecord& record) override { records.push_back(logged(record)); }
  void on_back_answered(const std::string&, Duration) override { ++answered; }
  void on_back_failed(const std::string&, Kind) override { ++failed; }
  void on_back_misdirected(const std::string&) override { ++misdirected; }
  std::vector<Logged> records;
  size_t answered = 0, failed = 0, misdirected = 0;
};

struct Asking {
  std::string method = "GET";
  std::string host = "a.example";
  std::string target = "/";
  Body body = Body::none;
  std::string upgrade{};
};

class ExchangeWorld {
 public:
  explicit ExchangeWorld(Asking asking = {}) {
    client.facts.scheme = Scheme::http;
    client.facts.local_port = Port(80);
    client.listener = "clear";
    client.id = 5;
    client.as_told.emplace(client.client, gateway::PeerTrust::stranger);
    generation = std::make_shared<const Generation>(Generation{folder.build(front_yaml()), backs});
    exchange = std::make_unique<Exchange>(ExchangeParts{loop, journal, random}, client, front, 3);
    RequestNames names;
    names.host = asking.host;
    names.host_fields = 1;
    const Judged& judged = judge.judge(*generation->site, names);
    RequestHead head{.method = asking.method,
                     .scheme = Scheme::http,
                     .authority = asking.host,
                     .target = asking.target,
                     .upgrade = asking.upgrade,
                     .fields = {{"accept", "text/plain"}},
                     .body = asking.body};
    if (judged.verdict.answer == Answer::serve)
      exchange->serve(generation, std::move(head), judged);
    else
      exchange->refuse(std::move(head), judged.verdict);
  }
  SentRequest& sent(size_t i) { return backs->sent.at(i); }
  std::string record() const {
    return journal.records.size() == 1 ? journal.records[0].line : "not one record";
  }

  fake::VirtualLoop loop;
  SiteFolder folder;
  std::shared_ptr<ScriptedBacks> backs = std::make_shared<ScriptedBacks>(loop);
  std::shared_ptr<const Generation> generation;
  KeptJournal journal;
  std::minstd_rand random{1};
  ClientConnection client{.client = Endpoint::parse("192.0.2.1:999").value(),
                          .peer = Endpoint::parse("192.0.2.1:999").value(),
                          .local = Endpoint::parse("10.0.0.1:80").value()};
  RequestJudge judge{client};
  ToldStream front;
  std::unique_ptr<Exchange> exchange;
};

TEST(Exchange, CarriesAnAnswer) {
  ExchangeWorld world;
  EXPECT_EQ(world.sent(0).wish.scope, Scope::shared);
  EXPECT_FALSE(world.sent(0).wish.sni);
  world.sent(0).answer(200, "hello");
  EXPECT_EQ(world.front.log, "head:200 body end");
  EXPECT_EQ(world.front.body, "hello");
  EXPECT_TRUE(world.exchange->ended());
  EXPECT_EQ(world.record(), "GET / 200 serve:own-name app:200x1");
  EXPECT_EQ(world.journal.records[0].number, 3u);
  EXPECT_EQ(world.journal.records[0].connection, 5u);
  EXPECT_EQ(world.journal.records[0].response_bytes, 5u);
  world.exchange.reset();
  EXPECT_EQ(world.journal.records.size(), 1u) << "one record for a request";
}

TEST(Exchange, RefusesWithoutABack) {
  ExchangeWorld world({.host = "nobody.example"});
  EXPECT_TRUE(world.backs->sent.empty());
  EXPECT_EQ(world.front.log, "head:421 body end");
  EXPECT_EQ(world.front.field("cache-control"), "no-store");
  EXPECT_EQ(world.front.head.content_length, world.front.body.size());
  EXPECT_NE(world.front.body.find("unowned"), std::string::npos);
  EXPECT_EQ(world.record(), "GET / 421 misdirected:unowned");
}

TEST(Exchange, RefusalsOfHeadHaveNoBody) {
  ExchangeWorld world({.method = "HEAD", .host = "nobody.example"});
  EXPECT_EQ(world.front.log, "head:421 end");
  EXPECT_EQ(world.front.head.body, Body::none);
}

TEST(Exchange, RedirectsWithoutABack) {
  ExchangeWorld redirected({.target = "/old?x=1"});
  EXPECT_EQ(redirected.front.head.status, 302);
  EXPECT_TRUE(redirected.front.field("location").starts_with("http://a.example/new"))
      << redirected.front.field("location");
  EXPECT_EQ(redirected.record(), "GET /old?x=1 302 serve:own-name");
}

// ---- 421 of a back

TEST(Exchange, A421IsAskedAgainOnceOnAConnectionOfItsOwn) {
  ExchangeWorld world;
  world.sent(0).answer(421, "not here");
  ASSERT_EQ(world.backs->sent.size(), 2u);
  EXPECT_TRUE(world.sent(0).over());
  EXPECT_EQ(world.sent(1).wish.scope, Scope::authority);
  EXPECT_EQ(world.sent(1).head.target, "/");
  EXPECT_EQ(world.front.log, "");
  world.sent(1).answer(200, "here");
  EXPECT_EQ(world.front.log, "head:200 body end");
  EXPECT_EQ(world.front.body, "here");
  EXPECT_EQ(world.record(), "GET / 200 serve:own-name app:200x2");
  EXPECT_TRUE(world.journal.records[0].retried_after_421);
  EXPECT_EQ(world.journal.misdirected, 1u);
}

TEST(Exchange, ASecond421IsABadGateway) {
  ExchangeWorld world;
  world.sent(0).answer(421);
  world.sent(1).answer(421);
  EXPECT_EQ(world.backs->sent.size(), 2u);
  EXPECT_EQ(world.front.head.status, 502) << "a 421 would send the client away from where it belongs";
  EXPECT_EQ(world.record(), "GET / 502 serve:own-name app:421x2 !back-misdirected");
}

TEST(Exchange, A421ToAPostIsAskedAgainWithItsBody) {
  ExchangeWorld world({.method = "POST", .body = Body::follows});
  world.exchange->on_request_body("abc");
  world.sent(0).connect();
  world.sent(0).respond({.status = 421});
  ASSERT_EQ(world.backs->sent.size(), 2u);
  EXPECT_EQ(world.sent(1).body, "abc");
  EXPECT_FALSE(world.sent(1).trailers);
  world.exchange->on_request_body("de");
  world.exchange->on_request_end({{"x", "1"}});
  EXPECT_EQ(world.sent(1).body, "abcde");
  EXPECT_EQ(world.sent(1).trailers->size(), 1u);
  world.sent(1).answer(200);
  EXPECT_EQ(world.front.consumed, 5u);
  EXPECT_EQ(world.journal.records[0].request_bytes, 5u);
}

TEST(Exchange, TheEndOfABodyIsRepeatedToo) {
  ExchangeWorld world({.method = "POST", .body = Body::follows});
  world.exchange->on_request_end({{"x", "1"}});
  world.sent(0).answer(421);
  ASSERT_EQ(world.backs->sent.size(), 2u);
  ASSERT_TRUE(world.sent(1).trailers);
  EXPECT_EQ(world.sent(1).trailers->size(), 1u);
}

TEST(Exchange, ReplayKeepsSixtyFourKibibytesAndNotOneMore) {
  for (const size_t size : {size_t{64} * 1024, size_t{64} * 1024 + 1}) {
    ExchangeWorld world({.method = "POST", .body = Body::follows});
    const std::string body(size, 'x');
    world.exchange->on_request_body(std::string_view(body).substr(0, 1000));
    world.exchange->on_request_body(std::string_view(body).substr(1000));
    world.exchange->on_request_end({});
    world.sent(0).answer(421);
    if (size == 64 * 1024) {
      ASSERT_EQ(world.backs->sent.size(), 2u);
      EXPECT_EQ(world.sent(1).body, body);
      continue;
    }
    EXPECT_EQ(world.backs->sent.size(), 1u);
    EXPECT_EQ(world.record(), "POST / 502 serve:own-name app:421x1 !back-misdirected");
  }
}

TEST(Exchange, AnUpgradeThatIsMisdirectedIsNotRepeated) {
  ExchangeWorld world({.upgrade = "websocket"});
  world.sent(0).answer(421);
  EXPECT_EQ(world.backs->sent.size(), 1u);
  EXPECT_EQ(world.front.head.status, 502);
}

// ---- failures, at each stage

struct AskedAgain {
  const char* method;
  Kind kind;
  Processing processing;
  SentRequest::Connection connection;
  bool again;
  int status;  ///< where it is not sent again
};

TEST(Exchange, WhatIsSentAgainAfterAFailure) {
  using enum SentRequest::Connection;
  const AskedAgain cases[] = {
      // A kept connection that closes: RFC 9112 §9.3.1, idempotent methods alone.
      {"GET", Kind::closed_early, Processing::possible, reused, true, 0},
      {"HEAD", Kind::closed_early, Processing::possible, reused, true, 0},
      {"PUT", Kind::closed_early, Processing::possible, reused, true, 0},
      {"DELETE", Kind::closed_early, Processing::possible, reused, true, 0},
      {"POST", Kind::closed_early, Processing::possible, reused, false, 502},
      {"PATCH", Kind::closed_early, Processing::possible, reused, false, 502},
      {"get", Kind::closed_early, Processing::possible, reused, false, 502},
      {"GET", Kind::closed_early, Processing::possible, fresh, false, 502},
      // The back says that it did not look at it: any method.
      {"POST", Kind::closed_early, Processing::never, reused, true, 0},
      {"POST", Kind::closed_early, Processing::never, fresh, true, 0},
      // Others are not mended by asking again.
      {"GET", Kind::timed_out, Processing::possible, reused, false, 504},
      {"GET", Kind::malformed, Processing::possible, reused, false, 502},
      {"GET", Kind::unreachable, Processing::never, fresh, false, 502},
      {"GET", Kind::handshake, Processing::never, fresh, false, 502},
      {"GET", Kind::unavailable, Processing::never, fresh, false, 503},
      {"GET", Kind::overloaded, Processing::never, fresh, false, 503},
  };
  for (const AskedAgain& each : cases) {
    SCOPED_TRACE(fmt::format("{} {}", each.method, to_string(each.kind)));
    ExchangeWorld world({.method = each.method});
    world.sent(0).connect(each.connection);
    world.sent(0).fail(each.kind, each.processing);
    ASSERT_EQ(world.backs->sent.size(), each.again ? 2u : 1u);
    EXPECT_EQ(world.journal.failed, 1u);
    if (!each.again) {
      EXPECT_EQ(world.front.head.status, each.status);
      EXPECT_TRUE(world.exchange->ended());
      continue;
    }
    EXPECT_EQ(world.front.log, "");
    // Once, and not for ever.
    world.sent(1).connect(each.connection);
    world.sent(1).fail(each.kind, each.processing);
    EXPECT_EQ(world.backs->sent.size(), 2u);
    EXPECT_EQ(world.front.head.status, 502);
    EXPECT_TRUE(world.record().ends_with("app:0x2 !back-closed-early")) << world.record();
  }
}

TEST(Exchange, AFailureAfterA421KeepsTheScope) {
  ExchangeWorld world;
  world.sent(0).answer(421);
  world.sent(1).fail(Kind::closed_early, Processing::never);
  ASSERT_EQ(world.backs->sent.size(), 3u);
  EXPECT_EQ(world.sent(2).wish.scope, Scope::authority);
  world.sent(2).answer(200);
  EXPECT_EQ(world.record(), "GET / 200 serve:own-name app:200x3");
}

TEST(Exchange, ABodyThatIsTooLongIsNotSentAgain) {
  ExchangeWorld world({.method = "PUT", .body = Body::follows});
  world.exchange->on_request_body(std::string(65537, 'x'));
  world.sent(0).connect(SentRequest::Connection::reused);
  world.sent(0).fail(Kind::closed_early, Processing::never);
  EXPECT_EQ(world.backs->sent.size(), 1u);
  EXPECT_EQ(world.front.head.status, 502);
}

TEST(Exchange, AFailureBehindTheHeadIsNeverMended) {
  ExchangeWorld world;
  world.sent(0).connect(SentRequest::Connection::reused);
  world.sent(0).respond({.status = 200, .body = Body::follows});
  world.sent(0).send_body("abc");
  world.sent(0).fail(Kind::closed_early, Processing::never);
  EXPECT_EQ(world.front.log, "head:200 body abort");
  EXPECT_EQ(world.backs->sent.size(), 1u);
  EXPECT_EQ(world.record(), "GET / 200 serve:own-name app:200x1 !closed-early");
}

TEST(Exchange, AnInterimAnswerDoesNotForbidToAskAgain) {
  ExchangeWorld world;
  world.sent(0).connect(SentRequest::Connection::reused);
  world.sent(0).responder->on_interim(103, {});
  world.sent(0).fail(Kind::closed_early);
  ASSERT_EQ(world.backs->sent.size(), 2u);
  world.sent(1).answer(200);
  EXPECT_EQ(world.front.log, "interim:103 head:200 body end");
}

// ---- the client's side

TEST(Exchange, AClientThatIsGoneCancelsTheBackAtEachStage) {
  enum class Stage : uint8_t { waiting, connected, responding };
  for (const Stage stage : {Stage::waiting, Stage::connected, Stage::responding}) {
    ExchangeWorld world;
    if (stage != Stage::waiting) world.sent(0).connect();
    if (stage == Stage::responding) world.sent(0).respond({.status = 200, .body = Body::follows});
    world.exchange->on_client_gone();
    EXPECT_TRUE(world.sent(0).over());
    EXPECT_TRUE(world.exchange->ended());
    EXPECT_TRUE(world.record().ends_with("!client-gone"));
    EXPECT_EQ(world.front.log, stage == Stage::responding ? "head:200" : "");
  }
}

TEST(Exchange, WhatTheClientSentIsGivenBackWhenItEnds) {
  // Credit that a back did not give back in time would be lost to the connection's window.
  enum class How : uint8_t { answered, client_gone, failed, given_up };
  for (const How how : {How::answered, How::client_gone, How::failed, How::given_up}) {
    ExchangeWorld world({.method = "POST", .body = Body::follows});
    world.sent(0).unsent = 100 * 1024;
    world.exchange->on_request_body(std::string(70000, 'x'));
    EXPECT_EQ(world.front.consumed, 0u);
    if (how == How::answered) world.sent(0).answer(200);
    if (how == How::client_gone) world.exchange->on_client_gone();
    if (how == How::failed) world.sent(0).fail(Kind::timed_out);
    if (how == How::given_up) world.exchange->give_up_request(gateway::Trouble::request_timeout, {});
    EXPECT_TRUE(world.exchange->ended());
    EXPECT_EQ(world.front.consumed, 70000u) << static_cast<int>(how);
  }
}

TEST(Exchange, CreditFollowsTheBack) {
  ExchangeWorld world({.method = "POST", .body = Body::follows});
  world.exchange->on_request_body(std::string(1000, 'x'));
  EXPECT_EQ(world.front.consumed, 1000u);
  world.sent(0).unsent = 64 * 1024 + 1;
  world.exchange->on_request_body(std::string(2000, 'x'));
  EXPECT_EQ(world.front.consumed, 1000u);
  world.sent(0).responder->on_room();
  EXPECT_EQ(world.front.consumed, 3000u);
}

TEST(Exchange, CreditFollowsTheClient) {
  ExchangeWorld world;
  world.sent(0).connect();
  world.sent(0).respond({.status = 200, .body = Body::follows});
  world.sent(0).send_body(std::string(1000, 'x'));
  EXPECT_EQ(world.sent(0).consumed, 1000u);
  world.front.waiting = 64 * 1024 + 1;
  world.sent(0).send_body(std::string(2000, 'x'));
  EXPECT_EQ(world.sent(0).consumed, 1000u);
  world.exchange->on_front_room();
  EXPECT_EQ(world.sent(0).consumed, 3000u);
  world.exchange->on_front_room();
  EXPECT_EQ(world.sent(0).consumed, 3000u);
}

TEST(Exchange, ARequestThatStopsIsAnsweredOnlyWhileThereIsNoAnswer) {
  ExchangeWorld world({.method = "POST", .body = Body::follows});
  world.exchange->give_up_request(gateway::Trouble::request_timeout, {});
  EXPECT_EQ(world.front.head.status, 408);
  EXPECT_TRUE(world.sent(0).over());
  ExchangeWorld later({.method = "POST", .body = Body::follows});
  later.sent(0).connect();
  later.sent(0).respond({.status = 200, .body = Body::follows});
  later.exchange->give_up_request(gateway::Trouble::request_timeout, {});
  EXPECT_EQ(later.front.log, "head:200");
}

TEST(Exchange, OneThatIsDestroyedIsLoggedOnce) {
  ExchangeWorld world;
  world.exchange.reset();
  EXPECT_TRUE(world.sent(0).over());
  EXPECT_EQ(world.journal.records.size(), 1u);
}

TEST(Exchange, AnUnreadableRequestIsAnswered) {
  ExchangeWorld world;
  ToldStream front;
  Exchange exchange(ExchangeParts{world.loop, world.journal, world.random}, world.client, front, 4);
  exchange.answer_trouble({}, gateway::Trouble::bad_head, "why");
  EXPECT_EQ(front.log, "head:400 body end");
  EXPECT_EQ(world.journal.records.at(0).line, "- - 400 !bad-head");
  EXPECT_EQ(world.journal.records.at(0).error_sentence, "why");
}

}  // namespace
}  // namespace astray::proxy::test
