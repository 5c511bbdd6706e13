// HTTP/2 from a client, over a network in memory and in virtual time.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "proxy/front/front_world_test.h"

namespace astray::proxy::test {
namespace {

using gateway::Body;
using http2::Then;
using End = FrontClient::End;

const char* const patient_times =
    "operation: {peers: {timeouts: {handshake: 7s, header: 11s, body: 13s, idle: 17s, write: 19s}}}";

TEST(Http2Front, CarriesManyRequestsAtOnce) {
  FrontWorld world;
  Http2User& user = world.connect_h2();
  const auto one = user.get("a.example", "/1?x");
  const auto two = user.get("www.a.example", "/2");
  const auto three = user.get("c.example", "/c");
  world.run();
  ASSERT_EQ(world.backs->sent.size(), 3u);
  EXPECT_EQ(world.sent(0).head.target, "/1?x");
  EXPECT_EQ(world.sent(1).head.target, "/2");
  EXPECT_EQ(world.sent(0).head.scheme, Scheme::https);
  world.sent(2).answer(200, "third");
  world.sent(1).answer(404, "second");
  world.sent(0).answer(200, "first", {{"x-own", "1"}});
  world.run();
  EXPECT_EQ(user.answers[one].text(), "200 first");
  EXPECT_EQ(user.answers[one].field("x-own"), "1");
  EXPECT_EQ(user.answers[one].field("content-length"), "5");
  EXPECT_EQ(user.answers[two].text(), "404 second");
  EXPECT_EQ(user.answers[three].text(), "200 third");
  EXPECT_EQ(world.lines(),
            "GET /c 200 serve:coalesced app:200x1, GET /2 404 serve:coalesced app:404x1, "
            "GET /1?x 200 serve:own-name app:200x1");
}

TEST(Http2Front, OneByteAtATimeIsTheSame) {
  FrontWorld world;
  fake::Link link;
  link.to_server.delivery = fake::Delivery::one_byte;
  Http2User& user = world.connect_h2("a.example", {}, link);
  const auto stream = user.send(head_of("POST", "a.example"), Then::body);
  user.body(stream, "abc", Then::body);
  user.trailers(stream, {{"x-sum", "1"}});
  world.run();
  ASSERT_EQ(world.backs->sent.size(), 1u);
  EXPECT_EQ(world.sent(0).body, "abc");
  ASSERT_TRUE(world.sent(0).trailers);
  EXPECT_EQ(*http2::first_value(*world.sent(0).trailers, "x-sum"), "1");
  world.sent(0).answer(200);
  world.run();
  EXPECT_EQ(user.answers[stream].text(), "200 ok");
}

TEST(Http2Front, RefusalsAreOfTheirStreamsAlone) {
  FrontWorld world;
  Http2User& user = world.connect_h2();
  const struct {
    http2::Fields head;
    const char* status;
    const char* line;
  } cases[] = {
      {head_of("GET", "nobody.example"), "421", "GET / 421 misdirected:unowned"},
      {head_of("GET", "b.example"), "421", "GET / 421 misdirected:certificate-gap"},
      {head_of("GET", "a.example:444"), "421", "GET / 421 misdirected:unowned"},
      {head_of("GET", "a.example", "/", {{"host", "b.example"}}), "400",
       "GET / 400 bad-request:authority-host-conflict"},
      {head_of("GET", "a b"), "400", "GET / 400 bad-request:authority-malformed"},
      {{{":method", "GET"}, {":scheme", "https"}, {":path", "/"}},
       "400",
       "GET / 400 bad-request:authority-missing"},
      {{{":method", "GET"}, {":scheme", "http"}, {":authority", "a.example"}, {":path", "/"}},
       "421",
       "GET / 421 misdirected:scheme-mismatch"},
      {{{":method", "GET"}, {":scheme", "ftp"}, {":authority", "a.example"}, {":path", "/"}},
       "400",
       "GET / 400 !bad-head"},
      {head_of("GET", "a.example", "/", {{"connection", "close"}}), "400", "- - 400 !bad-head"},
      {head_of("GET", "a.example", "nopath"), "400", "- - 400 !bad-head"},
      {{{":method", "CONNECT"}, {":authority", "a.example:443"}},
       "501",
       "CONNECT - 501 serve:own-name !upgrade-impossible"},
      {head_of("GET", "c.example", "/"), "404", "GET / 404 serve:coalesced !no-route"},
      {head_of("GET", "a.example", "/old"), "302", "GET /old 302 serve:own-name"},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.line);
    world.log.clear();
    const auto stream = user.send(each.head, Then::end);
    world.run();
    EXPECT_EQ(user.answers[stream].text().substr(0, 3), each.status);
    EXPECT_TRUE(user.answers[stream].ended);
    EXPECT_EQ(world.lines(), each.line);
  }
  EXPECT_TRUE(world.backs->sent.empty());
  const auto stream = user.get("a.example");
  world.run();
  world.sent(0).answer(200);
  world.run();
  EXPECT_EQ(user.answers[stream].text(), "200 ok");
  EXPECT_FALSE(user.goaway);
}

TEST(Http2Front, ARepeatedAuthorityIsNeverServed) {
  FrontWorld world;
  Http2User& user = world.connect_h2();
  const auto stream = user.send({{":method", "GET"},
                                 {":scheme", "https"},
                                 {":authority", "a.example"},
                                 {":authority", "www.a.example"},
                                 {":path", "/"}},
                                Then::end);
  world.run();
  EXPECT_EQ(user.answers[stream].status, 400);
  EXPECT_TRUE(world.backs->sent.empty());
}

TEST(Http2Front, HeadAndAnswersWithoutABody) {
  FrontWorld world;
  Http2User& user = world.connect_h2();
  const auto head = user.send(head_of("HEAD", "a.example"), Then::end);
  const auto refused = user.send(head_of("HEAD", "nobody.example"), Then::end);
  const auto none = user.get("a.example");
  const auto same = user.get("a.example");
  world.run();
  world.sent(0).connect();
  world.sent(0).respond({.status = 200, .content_length = 500});
  world.sent(1).answer(204, "");
  world.sent(2).connect();
  world.sent(2).respond({.status = 304, .content_length = 9});
  world.run();
  EXPECT_EQ(user.answers[head].text(), "200");
  EXPECT_EQ(user.answers[head].field("content-length"), "500");
  EXPECT_EQ(user.answers[refused].text(), "421");
  EXPECT_EQ(user.answers[none].text(), "204");
  EXPECT_EQ(user.answers[none].field("content-length"), "");
  EXPECT_EQ(user.answers[same].text(), "304");
}

TEST(Http2Front, InterimAnswersAndTrailers) {
  FrontWorld world;
  Http2User& user = world.connect_h2();
  const auto stream = user.get("a.example");
  world.run();
  SentRequest& sent = world.sent(0);
  sent.connect();
  sent.responder->on_interim(103, {{"link", "</x>"}});
  sent.respond({.status = 200, .body = Body::follows});
  sent.send_body("abc");
  sent.responder->on_trailers({{"x-sum", "9"}});
  world.run();
  EXPECT_EQ(user.answers[stream].text(), "103 200 abc");
  EXPECT_EQ(*http2::first_value(user.answers[stream].trailers, "x-sum"), "9");
}

// ---- early answers, resets

TEST(Http2Front, AnEarlyAnswerIsFollowedByNoError) {
  FrontWorld world;
  Http2User& user = world.connect_h2();
  const auto early = user.send(head_of("POST", "a.example"), Then::body);
  const auto refused = user.send(head_of("POST", "nobody.example"), Then::body);
  const auto other = user.get("a.example");
  world.run();
  world.sent(0).answer(413, "no");
  world.run();
  EXPECT_EQ(user.answers[early].status, 413);
  EXPECT_EQ(user.answers[early].body, "no");
  EXPECT_EQ(user.answers[refused].status, 421);
  for (const auto stream : {early, refused})
    EXPECT_TRUE(user.answers[stream].reset == "NO_ERROR" || user.answers[stream].ended)
        << user.answers[stream].text();
  // A body that comes all the same does no harm.
  user.body(early, std::string(1000, 'x'), Then::end);
  world.sent(1).answer(200);
  world.run();
  EXPECT_EQ(user.answers[other].text(), "200 ok");
  EXPECT_EQ(user.failure, "");
}

TEST(Http2Front, ABodyThatWasHeldBackIsGivenBackToTheConnection) {
  // Were the bytes of streams that ended lost for the connection's window, uploads would stop at some time.
  for (const bool client_resets : {true, false}) {
    FrontWorld world(front_yaml("operation: {peers: {streams: 3}}"));
    Http2User& user = world.connect_h2();
    for (int i = 0; i < 20; ++i) {
      const auto stream = user.send(head_of("POST", "a.example"), Then::body);
      world.run(10ms);
      SentRequest& sent = world.backs->sent.back();
      sent.unsent = 100 * 1024;
      user.body(stream, std::string(200 * 1024, 'x'), Then::body);
      world.run();
      EXPECT_EQ(sent.body.size(), 200u * 1024) << "upload " << i;
      if (client_resets)
        user.reset(stream);
      else
        sent.answer(200);
      world.run();
      ASSERT_TRUE(sent.over());
    }
  }
}

TEST(Http2Front, AResetOfTheClientCancelsItsRequestAlone) {
  FrontWorld world;
  Http2User& user = world.connect_h2();
  const auto gone = user.get("a.example", "/gone");
  const auto stays = user.get("a.example", "/stays");
  world.run();
  user.reset(gone);
  world.run();
  EXPECT_TRUE(world.sent(0).over());
  EXPECT_FALSE(world.sent(1).over());
  EXPECT_EQ(world.lines(), "GET /gone 0 serve:own-name app:0x1 !client-gone");
  world.sent(1).answer(200);
  world.run();
  EXPECT_EQ(user.answers[stays].text(), "200 ok");
}

TEST(Http2Front, ABackThatBreaksOffItsAnswerResetsTheStream) {
  FrontWorld world;
  Http2User& user = world.connect_h2();
  const auto broken = user.get("a.example", "/1");
  const auto whole = user.get("a.example", "/2");
  world.run();
  world.sent(0).connect();
  world.sent(0).respond({.status = 200, .body = Body::follows});
  world.sent(0).send_body("abc");
  world.run();
  world.sent(0).fail(BackFailure::Kind::closed_early);
  world.sent(1).answer(200);
  world.run();
  EXPECT_EQ(user.answers[broken].text(), "200 abc reset:INTERNAL_ERROR");
  EXPECT_EQ(user.answers[whole].text(), "200 ok");
  EXPECT_EQ(world.log.at(0).line, "GET /1 200 serve:own-name app:200x1 !closed-early");
}

TEST(Http2Front, UnownedCloseEndsTheStreamWithoutAnAnswer) {
  FrontWorld world;
  Http2User& user = world.connect_h2("closing.example");
  const auto stream = user.get("nobody.example");
  world.run();
  EXPECT_EQ(user.answers[stream].status, 0);
  EXPECT_NE(user.answers[stream].reset, "");
  EXPECT_EQ(world.lines(), "GET / 0 misdirected:unowned");
}

TEST(Http2Front, ALongLifeOfOccasionalResetsIsNoFlood) {
  FrontWorld world;
  Http2User& user = world.connect_h2();
  for (int i = 0; i < 1500; ++i) {
    const auto stream = user.get("a.example");
    world.run(10ms);
    user.reset(stream);
    world.run(990ms);
    ASSERT_EQ(user.failure, "") << i;
    ASSERT_FALSE(user.goaway) << i;
  }
}

TEST(Http2Front, AFloodOfResetsEndsTheConnection) {
  FrontWorld world;
  Http2User& user = world.connect_h2();
  for (int i = 0; i < 1100 && !user.goaway; ++i) {
    const auto stream = user.engine.request(head_of("GET", "a.example"));
    if (!stream) break;
    user.pump();
    user.reset(*stream);
    world.run(1ms);
  }
  world.run();
  EXPECT_TRUE(user.goaway);
  EXPECT_EQ(world.client_of(user).end_of_server, End::clean);
}

// ---- back pressure

TEST(Http2Front, ABackThatTakesNothingHoldsItsStreamBackAndNoOther) {
  FrontWorld world;
  Http2User& user = world.connect_h2();
  const auto held = user.send(head_of("POST", "a.example"), Then::body);
  world.run();
  world.sent(0).unsent = 100 * 1024;
  user.body(held, std::string(1000000, 'x'), Then::end);
  world.run(1s);
  EXPECT_EQ(world.sent(0).body.size(), 256u * 1024) << "the stream's window";
  const auto free = user.send(head_of("POST", "a.example"), Then::body);
  user.body(free, std::string(1000000, 'y'), Then::end);
  world.run(1s);
  EXPECT_EQ(world.sent(1).body.size(), 1000000u);
  EXPECT_TRUE(world.sent(1).trailers);
  world.sent(0).unsent = 0;
  world.sent(0).responder->on_room();
  world.run(1s);
  EXPECT_EQ(world.sent(0).body.size(), 1000000u);
  EXPECT_TRUE(world.sent(0).trailers);
}

TEST(Http2Front, AClientThatTakesNothingHoldsTheBackBack) {
  FrontWorld world;
  http2::Options options;
  options.stream_window = 65535;
  options.consumption = http2::Consumption::by_command;
  Http2User& user = world.connect_h2("a.example", options);
  const auto stream = user.get("a.example");
  world.run();
  SentRequest& sent = world.sent(0);
  sent.connect();
  sent.respond({.status = 200, .body = Body::follows, .content_length = 500000});
  size_t given = 0, taken = 0;
  const auto give = [&] {
    while (given < 500000 && given - sent.consumed < 128 * 1024) {
      sent.send_body(std::string(5000, 'x'));
      given += 5000;
      world.run(1ms);
    }
  };
  give();
  EXPECT_EQ(user.answers[stream].body.size(), 65535u);
  EXPECT_LT(given, 65535u + 200 * 1024);
  for (int i = 0; i < 200 && given < 500000; ++i) {
    user.engine.consume(stream, user.answers[stream].body.size() - taken);
    taken = user.answers[stream].body.size();
    user.pump();
    world.run(1ms);
    give();
  }
  ASSERT_EQ(given, 500000u);
  sent.end();
  for (int i = 0; i < 20; ++i) {
    user.engine.consume(stream, user.answers[stream].body.size() - taken);
    taken = user.answers[stream].body.size();
    user.pump();
    world.run(1ms);
  }
  EXPECT_EQ(user.answers[stream].body.size(), 500000u);
  EXPECT_TRUE(user.answers[stream].ended);
}

// ---- patience

TEST(Http2Front, AnIdleConnectionIsToldToGo) {
  FrontWorld world(front_yaml(patient_times));
  Http2User& user = world.connect_h2();
  const auto stream = user.get("a.example");
  world.run(60s);
  world.sent(0).answer(200);
  world.run(16s);
  EXPECT_EQ(user.answers[stream].text(), "200 ok");
  EXPECT_EQ(world.client_of(user).end_of_server, End::open);
  world.run(2s);
  EXPECT_EQ(world.client_of(user).end_of_server, End::clean);
  ASSERT_TRUE(user.goaway);
  EXPECT_EQ(user.goaway->code, http2::ErrorCode::no_error);
  world.run(3s);
  EXPECT_EQ(world.open(), 0u);
}

TEST(Http2Front, PingsDoNotMakeAConnectionBusy) {
  FrontWorld world(front_yaml(patient_times));
  Http2User& user = world.connect_h2();
  FrontClient& client = world.client_of(user);
  const std::string ping(
      "\x00\x00\x08\x06\x00\x00\x00\x00\x00"
      "12345678",
      17);
  for (int i = 0; i < 18; ++i) {
    client.send(ping);
    world.run(1s);
  }
  EXPECT_EQ(client.end_of_server, End::clean);
}

TEST(Http2Front, ABodyThatStopsEndsItsStreamAlone) {
  FrontWorld world(front_yaml(patient_times));
  Http2User& user = world.connect_h2();
  const auto stalled = user.send(head_of("POST", "a.example", "/stalled"), Then::body);
  const auto waiting = user.get("a.example", "/waiting");
  world.run(14s);
  EXPECT_TRUE(world.sent(0).over());
  EXPECT_EQ(user.answers[stalled].status, 408) << user.answers[stalled].text();
  EXPECT_FALSE(world.sent(1).over());
  world.sent(1).answer(200);
  world.run();
  EXPECT_EQ(user.answers[waiting].text(), "200 ok");
  EXPECT_EQ(world.log.at(0).line, "POST /stalled 408 serve:own-name app:0x1 !request-timeout");
}

TEST(Http2Front, ABodyThatTheBackHoldsUpIsNoFaultOfTheClient) {
  FrontWorld world(front_yaml(patient_times));
  Http2User& user = world.connect_h2();
  const auto stream = user.send(head_of("POST", "a.example"), Then::body);
  world.run();
  world.sent(0).unsent = 100 * 1024;
  user.body(stream, std::string(300 * 1024, 'x'), Then::end);
  world.run(2min);
  EXPECT_FALSE(world.sent(0).over()) << "its window is closed: it cannot go on";
  world.sent(0).unsent = 0;
  world.sent(0).responder->on_room();
  world.run();
  EXPECT_EQ(world.sent(0).body.size(), 300u * 1024);
}

TEST(Http2Front, WhoTakesNothingLosesTheStream) {
  FrontWorld world(front_yaml(patient_times));
  http2::Options options;
  options.stream_window = 1000;
  options.consumption = http2::Consumption::by_command;
  Http2User& user = world.connect_h2("a.example", options);
  const auto stream = user.get("a.example");
  world.run(60s);
  world.sent(0).connect();
  world.sent(0).respond({.status = 200, .body = Body::follows});
  world.sent(0).send_body(std::string(5000, 'x'));
  world.run(18s);
  EXPECT_EQ(user.answers[stream].reset, "");
  world.run(22s);
  EXPECT_EQ(user.answers[stream].reset, "CANCEL");
  EXPECT_EQ(world.lines(), "GET / 200 serve:own-name app:200x1 !client-gone");
}

TEST(Http2Front, WhoTakesALittleDoesNot) {
  FrontWorld world(front_yaml(patient_times));
  http2::Options options;
  options.stream_window = 1000;
  options.consumption = http2::Consumption::by_command;
  Http2User& user = world.connect_h2("a.example", options);
  const auto stream = user.get("a.example");
  world.run();
  world.sent(0).connect();
  world.sent(0).respond({.status = 200, .body = Body::follows});
  world.sent(0).send_body(std::string(60000, 'x'));
  world.sent(0).end();
  size_t taken = 0;
  for (int i = 0; i < 70; ++i) {
    world.run(5s);
    user.engine.consume(stream, user.answers[stream].body.size() - taken);
    taken = user.answers[stream].body.size();
    user.pump();
  }
  EXPECT_EQ(user.answers[stream].reset, "");
  EXPECT_EQ(user.answers[stream].body.size(), 60000u);
}

TEST(Http2Front, AClientWithoutSettingsIsNotWaitedForLong) {
  FrontWorld world;
  FrontClient& client = world.connect_tls("a.example", {"h2"});
  world.run(15s);
  EXPECT_EQ(client.end_of_server, End::clean) << "RFC 9113 §3.4: the preface comes first";
}

// ---- extended CONNECT

TEST(Http2Front, AnExtendedConnectIsAnUpgrade) {
  FrontWorld world(front_yaml(patient_times));
  Http2User& user = world.connect_h2();
  EXPECT_TRUE(user.connect_protocol);
  const auto stream = user.send({{":method", "CONNECT"},
                                 {":protocol", "websocket"},
                                 {":scheme", "https"},
                                 {":authority", "a.example"},
                                 {":path", "/chat"}},
                                Then::body);
  world.run();
  ASSERT_EQ(world.backs->sent.size(), 1u);
  SentRequest& sent = world.sent(0);
  EXPECT_EQ(sent.head.method, "GET");
  EXPECT_EQ(sent.head.upgrade, "websocket");
  EXPECT_EQ(sent.head.target, "/chat");
  sent.connect();
  sent.respond({.status = 101, .body = Body::follows});
  world.run();
  EXPECT_EQ(user.answers[stream].status, 200);
  user.body(stream, "ping", Then::body);
  sent.send_body("hello");
  world.run();
  EXPECT_EQ(sent.body, "ping");
  EXPECT_EQ(user.answers[stream].body, "hello");
  world.run(10min);
  EXPECT_EQ(user.answers[stream].reset, "") << "a tunnel may be silent";
  user.body(stream, {}, Then::end);
  world.run();
  EXPECT_TRUE(sent.trailers);
  sent.end();
  world.run();
  EXPECT_TRUE(user.answers[stream].ended);
  EXPECT_EQ(world.lines(), "GET /chat 101 serve:own-name app:101x1");
}

TEST(Http2Front, AnExtendedConnectForAnothersNameIsRefused) {
  FrontWorld world;
  Http2User& user = world.connect_h2();
  const auto stream = user.send({{":method", "CONNECT"},
                                 {":protocol", "websocket"},
                                 {":scheme", "https"},
                                 {":authority", "b.example"},
                                 {":path", "/chat"}},
                                Then::body);
  world.run();
  EXPECT_EQ(user.answers[stream].status, 421);
  EXPECT_TRUE(world.backs->sent.empty());
}

// ---- the end

TEST(Http2Front, GoAwayLetsRequestsUnderWayEnd) {
  FrontWorld world;
  Http2User& user = world.connect_h2();
  const auto stream = user.get("a.example");
  world.run();
  world.connections.at(0)->go_away();
  world.run();
  ASSERT_TRUE(user.goaway);
  EXPECT_EQ(user.goaway->last_stream, stream);
  EXPECT_EQ(world.client_of(user).end_of_server, End::open);
  world.sent(0).answer(200);
  world.run();
  EXPECT_EQ(user.answers[stream].text(), "200 ok");
  EXPECT_EQ(world.client_of(user).end_of_server, End::clean);
  world.run(3s);
  EXPECT_EQ(world.open(), 0u);
}

// A whole answer may wait in the engine for the client's window, long after the back has said all.
TEST(Http2Front, GoAwayAndIdleTimeLeaveWhatWaitsForAWindow) {
  FrontWorld world(front_yaml(patient_times));
  http2::Options options;
  options.stream_window = 1000;
  options.consumption = http2::Consumption::by_command;
  Http2User& user = world.connect_h2("a.example", options);
  const auto stream = user.get("a.example");
  world.run();
  world.sent(0).answer(200, std::string(3000, 'x'));
  world.run(18s);
  EXPECT_FALSE(user.goaway);
  world.connections.at(0)->go_away();
  size_t taken = 0;
  for (int i = 0; i < 4; ++i) {
    world.run(1s);
    EXPECT_EQ(world.client_of(user).end_of_server, i < 2 ? End::open : End::clean) << i;
    user.engine.consume(stream, user.answers[stream].body.size() - taken);
    taken = user.answers[stream].body.size();
    user.pump();
  }
  EXPECT_EQ(user.answers[stream].body.size(), 3000u);
  EXPECT_TRUE(user.answers[stream].ended);
  EXPECT_EQ(user.answers[stream].reset, "");
}

TEST(Http2Front, GoAwayWithoutRequestsEndsAtOnce) {
  FrontWorld world;
  Http2User& user = world.connect_h2();
  world.connections.at(0)->go_away();
  world.run();
  EXPECT_TRUE(user.goaway);
  EXPECT_EQ(world.client_of(user).end_of_server, End::clean);
}

TEST(Http2Front, AClientThatSaysGoAwayGetsTheAnswersThatItWaitsFor) {
  FrontWorld world;
  Http2User& user = world.connect_h2();
  const auto stream = user.get("a.example");
  world.run();
  user.engine.go_away();
  user.pump();
  world.run();
  ASSERT_TRUE(user.goaway);
  EXPECT_EQ(user.goaway->code, http2::ErrorCode::no_error);
  EXPECT_EQ(user.goaway->last_stream, stream);
  EXPECT_EQ(world.client_of(user).end_of_server, End::open);
  world.sent(0).answer(200);
  world.run();
  EXPECT_EQ(user.answers[stream].text(), "200 ok");
  EXPECT_EQ(world.client_of(user).end_of_server, End::clean);
}

TEST(Http2Front, AClientThatSaysGoAwayAndWaitsForNothingIsLetGo) {
  FrontWorld world;
  Http2User& user = world.connect_h2();
  world.run();
  user.engine.go_away();
  user.pump();
  world.run();
  EXPECT_EQ(world.client_of(user).end_of_server, End::clean);
  world.run(3s);
  EXPECT_EQ(world.open(), 0u);
}

TEST(Http2Front, AClientThatIsGoneEndsAllItsRequests) {
  for (const bool resets : {true, false}) {
    FrontWorld world;
    Http2User& user = world.connect_h2();
    user.get("a.example", "/1");
    user.send(head_of("POST", "a.example", "/2"), Then::body);
    world.run();
    if (resets)
      world.client_of(user).abort();
    else
      world.client_of(user).end();
    world.run();
    EXPECT_TRUE(world.sent(0).over());
    EXPECT_TRUE(world.sent(1).over());
    EXPECT_EQ(world.log.size(), 2u);
    for (const Logged& each : world.log) EXPECT_TRUE(each.line.ends_with("!client-gone")) << each.line;
    world.run(3s);
    EXPECT_EQ(world.open(), 0u);
  }
}

TEST(Http2Front, ABrokenProtocolEndsAllRequests) {
  FrontWorld world;
  Http2User& user = world.connect_h2();
  user.get("a.example");
  world.run();
  // DATA on stream 0 (RFC 9113 §6.1).
  world.client_of(user).send(std::string("\x00\x00\x01\x00\x00\x00\x00\x00\x00x", 10));
  world.run();
  EXPECT_TRUE(world.sent(0).over());
  ASSERT_TRUE(user.goaway);
  EXPECT_EQ(user.goaway->code, http2::ErrorCode::protocol_error);
  EXPECT_EQ(world.client_of(user).end_of_server, End::clean);
  EXPECT_EQ(world.lines(), "GET / 0 serve:own-name app:0x1 !client-gone");
}

TEST(Http2Front, AbortEndsAllRequests) {
  FrontWorld world;
  Http2User& user = world.connect_h2();
  user.get("a.example");
  world.run();
  world.connections.at(0)->abort();
  world.run();
  EXPECT_TRUE(world.sent(0).over());
  EXPECT_EQ(world.open(), 0u);
  EXPECT_EQ(world.lines(), "GET / 0 serve:own-name app:0x1 !client-gone");
}

}  // namespace
}  // namespace astray::proxy::test
