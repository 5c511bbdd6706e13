// HTTP/1.1 from a client, over a network in memory and in virtual time.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "proxy/front/front_world_test.h"

namespace astray::proxy::test {
namespace {

using gateway::Body;
using End = FrontClient::End;

const std::string get = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";

/// The status line and what the body is, without fields: "200 ok | 404 {…". Bodies by Content-Length alone.
std::string answers(std::string_view received) {
  std::string all;
  while (received.starts_with("HTTP/1.1 ")) {
    const size_t end = received.find("\r\n\r\n");
    if (end == std::string_view::npos) return all + " (cut)";
    const std::string_view head = received.substr(0, end);
    if (!all.empty()) all += " | ";
    all += head.substr(9, 3);
    received.remove_prefix(end + 4);
    const size_t length = head.find("Content-Length: ");
    if (length == std::string_view::npos) continue;
    const size_t size = static_cast<size_t>(std::stoul(std::string(head.substr(length + 16, 8))));
    if (size != 0 && size <= 8) all += ' ' + std::string(received.substr(0, size));
    received.remove_prefix(std::min(size, received.size()));
  }
  return received.empty() ? all : all + " + " + std::string(received);
}

size_t count(std::string_view text, std::string_view part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(Http1Front, CarriesARequestAndItsAnswerAndKeepsTheConnection) {
  FrontWorld world;
  FrontClient& client = world.connect();
  client.send(
      "GET /x?y=1 HTTP/1.1\r\nHost: A.EXAMPLE\r\nUser-Agent: test\r\nConnection: x-hop\r\nX-Hop: 1\r\n\r\n");
  world.run();
  ASSERT_EQ(world.backs->sent.size(), 1u);
  SentRequest& sent = world.sent(0);
  EXPECT_EQ(sent.head.method, "GET");
  EXPECT_EQ(sent.head.target, "/x?y=1");
  EXPECT_EQ(sent.head.scheme, Scheme::http);
  EXPECT_EQ(sent.head.body, Body::none);
  EXPECT_EQ(sent.field("x-hop"), "");
  EXPECT_EQ(sent.field("user-agent"), "test");
  sent.answer(200, "hello", {{"x-own", "1"}});
  world.run();
  EXPECT_EQ(answers(client.received), "200 hello");
  EXPECT_NE(client.received.find("x-own: 1\r\n"), std::string::npos);
  EXPECT_EQ(world.lines(), "GET /x?y=1 200 serve:own-name app:200x1");
  EXPECT_EQ(world.log[0].authority, "A.EXAMPLE");
  EXPECT_EQ(world.log[0].virtual_host, "a");
  EXPECT_EQ(world.log[0].response_bytes, 5u);

  client.send(get);
  world.run();
  world.sent(1).answer(204, "");
  world.run();
  EXPECT_EQ(answers(client.received), "200 hello | 204");
  EXPECT_EQ(world.log.at(1).number, 2u);
  EXPECT_EQ(client.end_of_server, End::open);
}

TEST(Http1Front, OneByteAtATimeIsTheSame) {
  FrontWorld world;
  fake::Link link;
  link.to_server.delivery = link.to_client.delivery = fake::Delivery::one_byte;
  FrontClient& client = world.connect("10.0.0.1:80", link);
  client.send(
      "POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-T: 1\r\n\r\n" +
      get);
  world.run();
  ASSERT_EQ(world.backs->sent.size(), 1u);
  EXPECT_EQ(world.sent(0).body, "abcde");
  ASSERT_TRUE(world.sent(0).trailers);
  EXPECT_EQ(*http2::first_value(*world.sent(0).trailers, "x-t"), "1");
  world.sent(0).answer(200, "first");
  world.run();
  ASSERT_EQ(world.backs->sent.size(), 2u);
  world.sent(1).answer(200, "second");
  world.run();
  EXPECT_EQ(answers(client.received), "200 first | 200 second");
  EXPECT_EQ(world.log[0].request_bytes, 5u);
}

TEST(Http1Front, PipelinedRequestsAreAnsweredInOrderOneAtATime) {
  FrontWorld world;
  FrontClient& client = world.connect();
  client.send(
      "POST /1 HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\n\r\none"
      "PUT /2 HTTP/1.1\r\nHost: www.a.example\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n"
      "GET /3 HTTP/1.1\r\nHost: nobody.example\r\n\r\n"
      "GET /4 HTTP/1.1\r\nHost: a.example\r\n\r\n");
  world.run();
  ASSERT_EQ(world.backs->sent.size(), 1u);
  EXPECT_EQ(world.sent(0).body, "one");
  world.sent(0).answer(200, "1");
  world.run();
  ASSERT_EQ(world.backs->sent.size(), 2u);
  EXPECT_EQ(world.sent(1).body, "two");
  world.sent(1).answer(200, "2");
  world.run();
  ASSERT_EQ(world.backs->sent.size(), 3u);
  EXPECT_EQ(world.sent(2).head.target, "/4");
  world.sent(2).answer(200, "4");
  world.run();
  EXPECT_EQ(answers(client.received), "200 1 | 200 2 | 421 | 200 4");
  EXPECT_EQ(world.lines(),
            "POST /1 200 serve:own-name app:200x1, PUT /2 200 serve:own-name app:200x1, "
            "GET /3 421 misdirected:unowned, GET /4 200 serve:own-name app:200x1");
}

struct Refused {
  const char* request;
  const char* status;
  const char* line;
  End then;
};

TEST(Http1Front, WhatIsRefusedOnAnOpenConnection) {
  const std::string many(120, 'x');
  const Refused cases[] = {
      {"GET / HTTP/1.1\r\nHost: nobody.example\r\n\r\n", "421", "GET / 421 misdirected:unowned", End::open},
      {"GET / HTTP/1.1\r\n\r\n", "400", "GET / 400 bad-request:authority-missing", End::open},
      {"GET / HTTP/1.1\r\nHost: a.example\r\nHost: a.example\r\n\r\n", "400",
       "GET / 400 bad-request:authority-duplicated", End::open},
      {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "400", "GET / 400 bad-request:authority-malformed", End::open},
      {"GET http://a.example/ HTTP/1.1\r\nHost: www.a.example\r\n\r\n", "400",
       "GET / 400 bad-request:authority-target-conflict", End::open},
      {"GET / HTTP/1.1\r\nHost: a.example:81\r\n\r\n", "421", "GET / 421 misdirected:port-differs",
       End::open},
      {"GET https://a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n", "421",
       "GET / 421 misdirected:scheme-mismatch", End::open},
      {"GET /a/%2e%2e/%2e%2e/b HTTP/1.1\r\nHost: a.example\r\n\r\n", "400", "GET - 400 !bad-head", End::open},
      {"GET /old HTTP/1.1\r\nHost: a.example\r\n\r\n", "302", "GET /old 302 serve:own-name", End::open},
      {"CONNECT a.example:80 HTTP/1.1\r\nHost: a.example:80\r\n\r\n", "501",
       "CONNECT - 501 serve:own-name !upgrade-impossible", End::open},
      {"GARBAGE\r\n\r\n", "400", "- - 400 !bad-head", End::clean},
      {"GET / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "400",
       "- - 400 !bad-head", End::clean},
      {"GET / HTTP/1.1\r\nHost : a.example\r\n\r\n", "400", "- - 400 !bad-head", End::clean},
      {"GET / HTTP/3.0\r\nHost: a.example\r\n\r\n", "505", "- - 505 !version-unknown", End::clean},
      {"\x16\x03\x01\x02", "400", "- - 400 !bad-head", End::clean},
  };
  for (const Refused& each : cases) {
    SCOPED_TRACE(each.request);
    FrontWorld world;
    FrontClient& client = world.connect();
    client.send(each.request);
    world.run();
    EXPECT_EQ(answers(client.received).substr(0, 3), each.status);
    EXPECT_EQ(world.lines(), each.line);
    EXPECT_EQ(client.end_of_server, each.then);
    EXPECT_TRUE(world.backs->sent.empty());
    if (each.then != End::open) continue;
    EXPECT_EQ(count(client.received, "Connection: close"), 0u);
    client.received.clear();
    client.send(get);
    world.run();
    ASSERT_EQ(world.backs->sent.size(), 1u);
    world.sent(0).answer(200);
    world.run();
    EXPECT_EQ(answers(client.received), "200 ok");
  }
}

TEST(Http1Front, ARefusalIsNotToBeKept) {
  FrontWorld world;
  FrontClient& client = world.connect();
  client.send("GET / HTTP/1.1\r\nHost: nobody.example\r\nAccept: application/json\r\n\r\n");
  world.run();
  EXPECT_EQ(count(client.received, "cache-control: no-store\r\n"), 1u);
  EXPECT_EQ(count(client.received, "content-type: application/json"), 1u) << client.received;
  EXPECT_EQ(count(client.received, "unowned"), 1u) << client.received;
  EXPECT_EQ(count(client.received, "Alt-Svc"), 0u);
}

TEST(Http1Front, LimitsOfTheHead) {
  FrontWorld world(front_yaml("operation: {peers: {header_bytes: 2KiB, header_fields: 10}}"));
  std::string fields;
  for (int i = 0; i < 12; ++i) fields += "X-" + std::to_string(i) + ": 1\r\n";
  const struct {
    std::string request;
    const char* status;
  } cases[] = {
      {"GET / HTTP/1.1\r\nHost: a.example\r\nX: " + std::string(3000, 'x') + "\r\n\r\n", "431"},
      {"GET / HTTP/1.1\r\nHost: a.example\r\n" + fields + "\r\n", "431"},
      {"GET /" + std::string(3000, 'x') + " HTTP/1.1\r\nHost: a.example\r\n\r\n", "431"},
  };
  for (const auto& each : cases) {
    FrontClient& client = world.connect();
    client.send(each.request);
    world.run();
    EXPECT_EQ(answers(client.received).substr(0, 3), each.status);
    EXPECT_EQ(client.end_of_server, End::clean);
  }
}

TEST(Http1Front, ATargetThatIsTooLongInAHeadThatIsNot) {
  FrontWorld world;
  FrontClient& client = world.connect();
  client.send("GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\nHost: a.example\r\n\r\n");
  world.run();
  EXPECT_EQ(answers(client.received).substr(0, 3), "414");
  EXPECT_EQ(world.lines(), "- - 414 !target-too-long");
}

TEST(Http1Front, HeadAndItsKin) {
  const struct {
    const char* method;
    ResponseHead response;
    const char* has;
    const char* has_not;
  } cases[] = {
      {"HEAD", {.status = 200, .content_length = 500}, "Content-Length: 500\r\n", "chunked"},
      {"HEAD", {.status = 200}, "HTTP/1.1 200 ", "chunked"},
      {"GET", {.status = 304, .content_length = 500}, "Content-Length: 500\r\n", "chunked"},
      {"GET", {.status = 304}, "HTTP/1.1 304 ", "Content-Length"},
      {"GET", {.status = 204}, "HTTP/1.1 204 ", "Content-Length"},
      {"GET", {.status = 200}, "Content-Length: 0\r\n", "chunked"},
      {"GET", {.status = 200, .content_length = 0}, "Content-Length: 0\r\n", "chunked"},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(fmt::format("{} {}", each.method, each.has));
    FrontWorld world;
    FrontClient& client = world.connect();
    client.send(fmt::format("{} / HTTP/1.1\r\nHost: a.example\r\n\r\n", each.method));
    world.run();
    world.sent(0).connect();
    world.sent(0).respond(each.response);
    EXPECT_TRUE(world.sent(0).over());
    world.run();
    EXPECT_EQ(count(client.received, each.has), 1u) << client.received;
    EXPECT_EQ(count(client.received, each.has_not), 0u) << client.received;
    EXPECT_TRUE(client.received.ends_with("\r\n\r\n"));
    // The next answer is not taken for a body.
    client.received.clear();
    client.send(get);
    world.run();
    world.sent(1).answer(200);
    world.run();
    EXPECT_EQ(answers(client.received), "200 ok");
  }
}

TEST(Http1Front, RefusesHeadWithoutABody) {
  FrontWorld world;
  FrontClient& client = world.connect();
  client.send("HEAD / HTTP/1.1\r\nHost: nobody.example\r\n\r\n" + get);
  world.run();
  EXPECT_NE(client.received.find("HTTP/1.1 421 "), std::string::npos);
  EXPECT_TRUE(client.received.ends_with("\r\n\r\n")) << client.received;
  ASSERT_EQ(world.backs->sent.size(), 1u);
}

TEST(Http1Front, UnknownLengthIsChunkedAndForHttp10UntilTheEnd) {
  for (const std::string version : {"1.1", "1.0"}) {
    FrontWorld world;
    FrontClient& client = world.connect();
    client.send("GET / HTTP/" + version + "\r\nHost: a.example\r\nConnection: keep-alive\r\n\r\n");
    world.run();
    SentRequest& sent = world.sent(0);
    sent.connect();
    sent.respond({.status = 200, .body = Body::follows});
    sent.send_body("abc");
    world.run();
    sent.send_body("de");
    sent.end();
    world.run();
    if (version == "1.1") {
      EXPECT_TRUE(client.received.ends_with("\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")) << client.received;
      EXPECT_EQ(client.end_of_server, End::open);
    } else {
      EXPECT_TRUE(client.received.ends_with("\r\n\r\nabcde")) << client.received;
      EXPECT_EQ(count(client.received, "chunked"), 0u);
      EXPECT_EQ(client.end_of_server, End::clean);
    }
  }
}

TEST(Http1Front, Http10IsKeptWhenAskedFor) {
  FrontWorld world;
  FrontClient& kept = world.connect();
  kept.send("GET / HTTP/1.0\r\nHost: a.example\r\nConnection: keep-alive\r\n\r\n");
  FrontClient& not_kept = world.connect();
  not_kept.send("GET / HTTP/1.0\r\nHost: a.example\r\n\r\n");
  world.run();
  world.sent(0).answer(200);
  world.sent(1).answer(200);
  world.run();
  EXPECT_EQ(kept.end_of_server, End::open);
  EXPECT_EQ(count(kept.received, "Connection: keep-alive\r\n"), 1u);
  EXPECT_EQ(not_kept.end_of_server, End::clean);
  EXPECT_EQ(answers(not_kept.received), "200 ok");
}

TEST(Http1Front, TrailersAndInterimAnswers) {
  FrontWorld world;
  FrontClient& client = world.connect();
  client.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  world.run();
  SentRequest& sent = world.sent(0);
  EXPECT_TRUE(sent.head.expects_continue);
  sent.connect();
  sent.responder->on_interim(100, {});
  world.run();
  EXPECT_EQ(client.received, "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("hi");
  world.run();
  EXPECT_EQ(sent.body, "hi");
  EXPECT_TRUE(sent.trailers);
  sent.responder->on_interim(103, {{"link", "</x>"}});
  sent.respond({.status = 200, .body = Body::follows});
  sent.send_body("abc");
  sent.responder->on_trailers({{"x-sum", "9"}});
  world.run();
  EXPECT_EQ(count(client.received, "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"), 1u);
  EXPECT_TRUE(client.received.ends_with("3\r\nabc\r\n0\r\nx-sum: 9\r\n\r\n")) << client.received;
}

TEST(Http1Front, Http10HearsNothingInterim) {
  FrontWorld world;
  FrontClient& client = world.connect();
  client.send("GET / HTTP/1.0\r\nHost: a.example\r\n\r\n");
  world.run();
  world.sent(0).connect();
  world.sent(0).responder->on_interim(103, {});
  world.sent(0).answer(200);
  world.run();
  EXPECT_EQ(answers(client.received), "200 ok");
}

// ---- early answers

TEST(Http1Front, AnEarlyAnswerDrainsALittleAndClosesForMuch) {
  const struct {
    const char* framing;
    size_t rest;
    End then;
  } cases[] = {
      {"Content-Length: 1000", 1000, End::open},
      {"Content-Length: 65537", 65537, End::clean},
      {"Transfer-Encoding: chunked", 0, End::clean},  // nobody knows how much comes
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.framing);
    FrontWorld world;
    FrontClient& client = world.connect();
    client.send(fmt::format("POST / HTTP/1.1\r\nHost: a.example\r\n{}\r\n\r\n", each.framing));
    world.run();
    world.sent(0).answer(413, "no");
    world.run();
    EXPECT_EQ(answers(client.received), "413 no");
    EXPECT_EQ(client.end_of_server, each.then);
    EXPECT_EQ(count(client.received, "Connection: close\r\n"), each.then == End::clean ? 1u : 0u);
    if (each.then == End::clean) continue;
    client.send(std::string(each.rest, 'x') + get);
    world.run();
    ASSERT_EQ(world.backs->sent.size(), 2u);
    EXPECT_EQ(world.sent(1).body, "");
    world.sent(1).answer(200);
    world.run();
    EXPECT_EQ(answers(client.received), "413 no | 200 ok");
  }
}

TEST(Http1Front, AnAnswerThatBeganEarlyEndsTheConnectionWhenTheBodyBreaks) {
  FrontWorld world;
  FrontClient& client = world.connect();
  client.send("POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n");
  world.run();
  world.sent(0).connect();
  world.sent(0).respond({.status = 200, .body = Body::follows});
  client.send("zzz\r\n");
  world.run();
  EXPECT_EQ(client.end_of_server, End::clean);
  EXPECT_FALSE(client.received.ends_with("0\r\n\r\n"));
  EXPECT_EQ(world.lines(), "POST / 200 serve:own-name app:200x1 !client-gone");
  EXPECT_TRUE(world.sent(0).over());
}

TEST(Http1Front, ABodyThatBreaksBeforeTheAnswerIsOneBadRequest) {
  FrontWorld world;
  FrontClient& client = world.connect();
  client.send("POST /x HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzzz\r\n");
  world.run();
  EXPECT_EQ(answers(client.received).substr(0, 3), "400");
  EXPECT_EQ(client.end_of_server, End::clean);
  EXPECT_TRUE(world.sent(0).over());
  EXPECT_FALSE(world.sent(0).trailers) << "a body that broke is not a whole one";
  EXPECT_EQ(world.lines(), "POST /x 400 serve:own-name app:0x1 !bad-head");
}

// ---- back pressure

TEST(Http1Front, ABackThatTakesNothingHoldsTheClientBack) {
  FrontWorld world;
  FrontClient& client = world.connect();
  client.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 2000000\r\n\r\n");
  world.run();
  SentRequest& sent = world.sent(0);
  sent.unsent = 100 * 1024;
  client.send(std::string(2000000, 'x'));
  world.run(1s);
  // 256 KiB wait at most, and what one read may bring on top.
  EXPECT_GE(sent.body.size(), 256u * 1024);
  EXPECT_LE(sent.body.size(), 256u * 1024 + 64 * 1024);
  const size_t before = sent.body.size();
  world.run(1s);
  EXPECT_EQ(sent.body.size(), before);
  sent.responder->on_room();
  world.run(1s);
  EXPECT_GT(sent.body.size(), before);
  sent.unsent = 0;
  sent.responder->on_room();
  world.run(1s);
  EXPECT_EQ(sent.body.size(), 2000000u);
  EXPECT_TRUE(sent.trailers);
  sent.answer(200);
  world.run();
  EXPECT_EQ(answers(client.received), "200 ok");
}

TEST(Http1Front, AClientThatTakesNothingHoldsTheBackBack) {
  FrontWorld world;
  fake::Link link;
  link.to_client.buffer = 32 * 1024;
  FrontClient& client = world.connect("10.0.0.1:80", link);
  client.stop_reading();
  client.send(get);
  world.run();
  SentRequest& sent = world.sent(0);
  sent.connect();
  sent.respond({.status = 200, .body = Body::follows, .content_length = 1000000});
  size_t given = 0;
  const auto give = [&] {
    // As a back with a window does: no more than 128 KiB that were not consumed.
    while (given < 1000000 && given - sent.consumed < 128 * 1024) {
      sent.send_body(std::string(8000, 'x'));
      given += 8000;
      world.run(10ms);
    }
  };
  give();
  EXPECT_LT(given, 400000u);
  const size_t before = given;
  world.run(5s);
  give();
  EXPECT_EQ(given, before);
  client.read_on();
  for (int i = 0; i < 100 && given < 1000000; ++i) {
    world.run(10ms);
    give();
  }
  ASSERT_EQ(given, 1000000u);
  sent.end();
  world.run(1s);
  EXPECT_EQ(client.received.size() - client.received.find("\r\n\r\n") - 4, 1000000u);
  EXPECT_EQ(client.end_of_server, End::open);
}

TEST(Http1Front, AnUploadThatIsAnsweredEarlyLeavesNothingPaused) {
  FrontWorld world;
  FrontClient& client = world.connect();
  client.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 400000\r\n\r\n");
  world.run();
  world.sent(0).unsent = 100 * 1024;
  client.send(std::string(350000, 'x'));
  world.run();
  // 50000 bytes are left or less than what waits, so the connection is worth keeping.
  world.sent(0).answer(200, "done");
  world.run();
  client.send(std::string(50000, 'x') + get);
  world.run();
  ASSERT_EQ(world.backs->sent.size(), client.end_of_server == End::open ? 2u : 1u);
  EXPECT_EQ(answers(client.received).substr(0, 8), "200 done");
}

// ---- upgrades

TEST(Http1Front, AnswersTheKeyOfWebSocketWhereTheBackHasNoAnswer) {
  for (const bool back_answers : {false, true}) {
    FrontWorld world;
    FrontClient& client = world.connect();
    client.send("GET /chat HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    world.run();
    SentRequest& sent = world.sent(0);
    sent.connect();
    ResponseHead head{.status = 101, .body = Body::follows};
    if (back_answers) head.fields = {{"sec-websocket-accept", "of the back"}};
    sent.respond(head);
    world.run();
    EXPECT_EQ(count(client.received, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), back_answers ? 0u : 1u);
    EXPECT_EQ(count(client.received, "sec-websocket-accept: of the back\r\n"), back_answers ? 1u : 0u);
  }
}

TEST(Http1Front, AnUpgradeCarriesBytesBothWaysUntilEitherSideEnds) {
  for (const bool client_ends : {true, false}) {
    FrontWorld world;
    FrontClient& client = world.connect();
    client.send("GET /chat HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    world.run();
    SentRequest& sent = world.sent(0);
    EXPECT_EQ(sent.head.upgrade, "websocket");
    sent.connect();
    sent.respond({.status = 101, .fields = {{"sec-websocket-accept", "x"}}, .body = Body::follows});
    world.run();
    EXPECT_EQ(count(client.received, "HTTP/1.1 101 Switching Protocols\r\n"), 1u) << client.received;
    EXPECT_EQ(count(client.received, "Upgrade: websocket\r\n"), 1u);
    client.received.clear();
    client.send("ping");
    sent.send_body("hello");
    world.run();
    EXPECT_EQ(sent.body, "ping");
    EXPECT_EQ(client.received, "hello");
    // A tunnel may be silent for long.
    world.run(10min);
    EXPECT_EQ(client.end_of_server, End::open);
    if (client_ends) {
      client.end();
      world.run();
      EXPECT_TRUE(sent.trailers) << "the back hears of the client's end";
      ASSERT_FALSE(sent.over());
    }
    sent.send_body("bye");
    sent.end();
    world.run();
    EXPECT_EQ(client.received, "hellobye");
    EXPECT_EQ(client.end_of_server, End::clean);
    client.end();
    world.run(5s);
    EXPECT_EQ(world.open(), 0u);
    EXPECT_EQ(world.lines(), "GET /chat 101 serve:own-name app:101x1");
  }
}

TEST(Http1Front, AnUpgradeThatTheBackIgnoresIsAnOrdinaryRequest) {
  FrontWorld world;
  FrontClient& client = world.connect();
  client.send("GET /chat HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n" + get);
  world.run();
  world.sent(0).answer(200, "plain");
  world.run();
  ASSERT_EQ(world.backs->sent.size(), 2u);
  world.sent(1).answer(200, "next");
  world.run();
  EXPECT_EQ(answers(client.received), "200 plain | 200 next");
}

}  // namespace
}  // namespace astray::proxy::test
