// A connection from a client from its first byte to its last: PROXY header, TLS, patience, the end.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "proxy/front/front_world_test.h"

namespace astray::proxy::test {
namespace {

using gateway::Body;
using End = FrontClient::End;

const std::string request_for_a = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";

std::string all_times() {
  return "operation: {peers: {timeouts: {handshake: 7s, header: 11s, body: 13s, idle: 17s, write: 19s}}}";
}

/// Runs until the client sees the end; seconds of virtual time, rounded, or -1 when it takes over five
/// minutes.
int seconds_until_end(FrontWorld& world, const FrontClient& client) {
  const MonotonicTime began = world.loop.now();
  for (int i = 0; i < 3000 && client.end_of_server == End::open; ++i) world.run(100ms);
  if (client.end_of_server == End::open) return -1;
  return static_cast<int>(
      std::chrono::duration_cast<std::chrono::seconds>(client.ended_at - began + 500ms).count());
}

// ---- patience

TEST(FrontConnection, AnIdleConnectionIsClosedAfterTheIdleTime) {
  FrontWorld world(front_yaml(all_times()));
  FrontClient& client = world.connect();
  EXPECT_EQ(seconds_until_end(world, client), 17);
  EXPECT_EQ(client.end_of_server, End::clean);
  EXPECT_EQ(client.received, "");
  EXPECT_EQ(world.lines(), "");
  world.run(3s);
  EXPECT_EQ(world.open(), 0u) << "two seconds after its last byte nothing is left";
}

TEST(FrontConnection, TheIdleTimeBeginsWithTheLastAnswer) {
  FrontWorld world(front_yaml(all_times()));
  FrontClient& client = world.connect();
  world.run(10s);
  client.send(request_for_a);
  // All timers that were set before run out while the back thinks.
  world.run(60s);
  world.sent(0).answer(200);
  world.run();
  EXPECT_EQ(client.end_of_server, End::open);
  EXPECT_EQ(seconds_until_end(world, client), 17);
}

TEST(FrontConnection, ATlsConnectionIsIdleAsAnyOther) {
  FrontWorld world(front_yaml(all_times()));
  FrontClient& client = world.connect_tls();
  world.run();
  client.send(request_for_a);
  world.run(60s);
  world.sent(0).answer(200);
  world.run();
  EXPECT_EQ(seconds_until_end(world, client), 17);
  EXPECT_EQ(client.tls_failure, "");
}

TEST(FrontConnection, HandshakeTimeIsForTheWholeHandshake) {
  FrontWorld world(front_yaml(all_times()));
  FrontClient& client = world.connect("10.0.0.1:443");
  client.send_raw("\x16");
  EXPECT_EQ(seconds_until_end(world, client), 7);
  EXPECT_EQ(world.failed_handshakes, std::vector<std::string>{"timeout"});
  world.run();
  EXPECT_EQ(world.open(), 0u);
}

TEST(FrontConnection, ADribbledHeadHasTheHeaderTimeInAll) {
  FrontWorld world(front_yaml(all_times()));
  FrontClient& client = world.connect();
  world.run(5s);
  client.send("GET / HT");
  for (int i = 0; i < 9; ++i) {
    world.run(1s);
    client.send("x");
  }
  EXPECT_EQ(client.end_of_server, End::open);
  EXPECT_EQ(seconds_until_end(world, client), 2);
  EXPECT_TRUE(world.backs->sent.empty());
}

TEST(FrontConnection, ASecondDribbledHeadHasItToo) {
  FrontWorld world(front_yaml(all_times()));
  FrontClient& client = world.connect();
  client.send(request_for_a);
  world.run(60s);
  world.sent(0).answer(200);
  world.run();
  client.send("GET / HT");
  EXPECT_EQ(seconds_until_end(world, client), 11);
}

TEST(FrontConnection, ABodyThatStopsIsToldAndClosed) {
  FrontWorld world(front_yaml(all_times()));
  FrontClient& client = world.connect();
  client.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 10\r\n\r\nabc");
  world.run(5s);
  client.send("d");
  EXPECT_EQ(seconds_until_end(world, client), 13);
  EXPECT_TRUE(client.received.starts_with("HTTP/1.1 408 ")) << client.received;
  EXPECT_EQ(world.lines(), "POST / 408 serve:own-name app:0x1 !request-timeout");
  EXPECT_TRUE(world.sent(0).over());
}

TEST(FrontConnection, ABodyThatABackHeldUpIsWaitedForOnlyOnceTheBackTookIt) {
  FrontWorld world(front_yaml(all_times()));
  FrontClient& client = world.connect();
  client.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 500000\r\n\r\n");
  world.run();
  world.sent(0).unsent = 100 * 1024;
  client.send(std::string(1000, 'x'));
  world.run(100s);
  EXPECT_EQ(client.end_of_server, End::open) << "it is the back that is slow";
  world.sent(0).unsent = 0;
  world.sent(0).responder->on_room();
  const int seconds = seconds_until_end(world, client);
  EXPECT_GE(seconds, 1) << "the client has its time from when it was waited for";
  EXPECT_LE(seconds, 14);
  EXPECT_TRUE(client.received.starts_with("HTTP/1.1 408 ")) << client.received;
}

TEST(FrontConnection, AClientThatTakesNothingIsReset) {
  FrontWorld world(front_yaml(all_times()));
  fake::Link link;
  link.to_client.buffer = 16 * 1024;
  FrontClient& client = world.connect("10.0.0.1:80", link);
  client.stop_reading();
  client.send(request_for_a);
  // Timers of before run out.
  world.run(60s);
  world.sent(0).connect();
  world.sent(0).respond({.status = 200, .body = Body::follows, .content_length = 100000});
  world.sent(0).send_body(std::string(60000, 'x'));
  world.run(18s);
  EXPECT_EQ(world.open(), 1u);
  world.run(2s);
  EXPECT_EQ(world.open(), 0u);
  EXPECT_TRUE(world.sent(0).over());
  EXPECT_EQ(world.lines(), "GET / 200 serve:own-name app:200x1 !client-gone");
}

TEST(FrontConnection, AClientThatTakesALittleIsNot) {
  FrontWorld world(front_yaml(all_times()));
  fake::Link link;
  link.to_client.buffer = 16 * 1024;
  link.to_client.bytes_per_second = 500;
  FrontClient& client = world.connect("10.0.0.1:80", link);
  client.send(request_for_a);
  world.run();
  world.sent(0).connect();
  world.sent(0).respond({.status = 200, .body = Body::follows, .content_length = 60000});
  world.sent(0).send_body(std::string(60000, 'x'));
  world.sent(0).end();
  world.run(130s);
  EXPECT_EQ(client.received.size() - client.received.find("\r\n\r\n") - 4, 60000u);
  EXPECT_NE(client.end_of_server, End::reset);
}

TEST(FrontConnection, ASlowBackCostsNoPatience) {
  FrontWorld world(front_yaml(all_times()));
  FrontClient& client = world.connect();
  client.send(request_for_a);
  world.run(1h);
  EXPECT_EQ(client.end_of_server, End::open);
  world.sent(0).answer(200);
  world.run();
  EXPECT_TRUE(client.received.starts_with("HTTP/1.1 200 "));
}

TEST(FrontConnection, WhoNeverClosesIsWaitedForTwoSeconds) {
  FrontWorld world;
  FrontClient& client = world.connect();
  client.send("BAD\r\n\r\n");
  world.run(1s);
  EXPECT_EQ(client.end_of_server, End::clean);
  EXPECT_EQ(world.open(), 1u);
  client.send(std::string(200000, 'x'));  // is read, so that the answer is not lost to a reset
  world.run(500ms);
  EXPECT_EQ(world.open(), 1u);
  EXPECT_TRUE(client.received.starts_with("HTTP/1.1 400 "));
  world.run(1s);
  EXPECT_EQ(world.open(), 0u);
}

TEST(FrontConnection, WhoClosesIsNotWaitedFor) {
  FrontWorld world;
  FrontClient& client = world.connect();
  client.when_ended = [&] { client.end(); };
  client.send("BAD\r\n\r\n");
  world.run(100ms);
  EXPECT_EQ(world.open(), 0u);
}

/// RFC 9112 §9.6: nothing of its can be on the way that would reset the connection under the answer.
TEST(FrontConnection, WhoSaidThatItAsksNoMoreIsNotWaitedFor) {
  FrontWorld world;
  world.backs->when_sent = [](SentRequest& request) { request.answer(200); };
  FrontClient& client = world.connect_tls();
  client.send("GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n");
  world.run(100ms);
  EXPECT_EQ(world.open(), 0u) << "although the client closed nothing";
  EXPECT_EQ(client.end_of_server, End::clean);
  EXPECT_TRUE(client.received.ends_with("\r\n\r\nok")) << client.received;

  FrontClient& talker = world.connect_tls();
  talker.send("GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\nGET /2 HTTP/1.1\r\n");
  world.run(1s);
  EXPECT_EQ(talker.end_of_server, End::clean);
  EXPECT_EQ(world.open(), 1u) << "more of it may come";
}

TEST(FrontConnection, EachTimeIsItsOwn) {
  // A timer that is none of this state's must not end it.
  for (const char* each : {"handshake", "header", "body", "write"}) {
    SCOPED_TRACE(each);
    FrontWorld world(front_yaml(fmt::format("operation: {{peers: {{timeouts: {{{}: 1s}}}}}}", each)));
    FrontClient& client = world.connect_tls();
    world.run();
    client.send(request_for_a);
    world.run(5s);
    EXPECT_EQ(client.end_of_server, End::open);
    world.sent(0).answer(200);
    world.run(5s);
    EXPECT_EQ(client.end_of_server, End::open);
  }
}

// ---- the PROXY protocol

TEST(FrontConnection, AProxyHeaderTellsTheClientInWhateverPieces) {
  const std::string header = "PROXY TCP4 192.0.2.9 198.51.100.1 4000 443\r\n";
  for (size_t cut = 0; cut < header.size() + request_for_a.size(); cut += 5) {
    FrontWorld world;
    FrontClient& client = world.connect("10.0.0.1:81");
    const std::string all = header + "GET / HTTP/1.1\r\nHost: a.example:81\r\n\r\n";
    client.send(all.substr(0, cut));
    world.run();
    client.send(all.substr(cut));
    world.run();
    ASSERT_EQ(world.backs->sent.size(), 1u) << cut;
    EXPECT_NE(world.sent(0).field("forwarded").find("192.0.2.9"), std::string::npos);
    world.sent(0).answer(200);
    world.run();
    ASSERT_EQ(world.log.size(), 1u);
    EXPECT_EQ(world.log[0].client->text(), "192.0.2.9:4000");
    ASSERT_TRUE(world.log[0].peer);
    EXPECT_NE(world.log[0].peer->text(), "192.0.2.9:4000");
    EXPECT_EQ(world.log[0].listener, "proxied");
  }
}

TEST(FrontConnection, WithoutAProxyHeaderThereIsNoAnswer) {
  for (const std::string& bytes :
       {request_for_a, std::string("PROXY TCP4 nonsense\r\n"), std::string("\x16\x03"),
        std::string("PROXY UNKNOWN") + std::string(200, 'x')}) {
    FrontWorld world;
    FrontClient& client = world.connect("10.0.0.1:81");
    client.send(bytes);
    world.run();
    EXPECT_EQ(client.received, "");
    EXPECT_EQ(client.end_of_server, End::reset);
    EXPECT_EQ(world.open(), 0u);
    EXPECT_EQ(world.lines(), "");
  }
}

TEST(FrontConnection, AProxyHeaderHasTheHandshakeTime) {
  FrontWorld world(front_yaml(all_times()));
  FrontClient& client = world.connect("10.0.0.1:81");
  client.send("PROXY TC");
  EXPECT_EQ(seconds_until_end(world, client), 7);
}

TEST(FrontConnection, AProxyHeaderIsNoneWhereNobodyMaySendOne) {
  FrontWorld world;
  FrontClient& client = world.connect();
  client.send("PROXY TCP4 192.0.2.9 198.51.100.1 4000 443\r\n" + request_for_a);
  world.run();
  EXPECT_TRUE(client.received.starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(world.backs->sent.empty());
}

// ---- TLS

TEST(FrontConnection, TheHandshakeIsInTheLog) {
  FrontWorld world;
  FrontClient& client = world.connect_tls("A.example");
  world.run();
  EXPECT_EQ(world.handshakes, 1u);
  client.send("GET / HTTP/1.1\r\nHost: www.a.example\r\n\r\nGET / HTTP/1.1\r\nHost: b.example\r\n\r\n");
  world.run();
  world.sent(0).answer(200);
  world.run();
  EXPECT_EQ(world.lines(), "GET / 200 serve:coalesced app:200x1, GET / 421 misdirected:certificate-gap");
  EXPECT_EQ(world.log[0].sni, "A.example");
  EXPECT_EQ(world.log[1].authority, "b.example");
}

TEST(FrontConnection, AnUnknownNameGetsAnAlert) {
  FrontWorld world;
  FrontClient& client = world.connect_tls("nobody.example");
  world.run(5s);
  EXPECT_NE(client.tls_failure.find("unrecognized name"), std::string::npos) << client.tls_failure;
  EXPECT_EQ(world.failed_handshakes, std::vector<std::string>{"failed"});
  EXPECT_EQ(world.open(), 0u);
  EXPECT_EQ(world.lines(), "");
}

TEST(FrontConnection, PlainHttpOnATlsPortFailsTheHandshake) {
  FrontWorld world;
  FrontClient& client = world.connect("10.0.0.1:443");
  client.send_raw(request_for_a);
  world.run(5s);
  EXPECT_NE(client.end_of_server, End::open);
  EXPECT_EQ(world.failed_handshakes, std::vector<std::string>{"failed"});
  EXPECT_EQ(world.open(), 0u);
}

TEST(FrontConnection, UnownedClose) {
  FrontWorld world;
  FrontClient& client = world.connect_tls("closing.example");
  world.run();
  client.send("GET / HTTP/1.1\r\nHost: nobody.example\r\n\r\n");
  world.run();
  EXPECT_EQ(client.received, "");
  EXPECT_EQ(client.end_of_server, End::reset);
  EXPECT_EQ(world.lines(), "GET / 0 misdirected:unowned");
  world.run(3s);
  EXPECT_EQ(world.open(), 0u);
}

// ---- the end, in each state

TEST(FrontConnection, GoAwayInEachState) {
  const struct {
    const char* name;
    const char* before;
    const char* listener;
    bool is_answered;
    int seconds;  ///< until the client sees the end
  } cases[] = {
      {"nothing came", "", "10.0.0.1:80", false, 0},
      {"a head is under way", "GET / HTTP/1.1\r\nHost: a.exam", "10.0.0.1:80", false, 11},
      {"a request is under way", request_for_a.c_str(), "10.0.0.1:80", true, 0},
      {"two are", "GET / HTTP/1.1\r\nHost: a.example\r\n\r\nGET /2 HTTP/1.1\r\nHost: a.example\r\n\r\n",
       "10.0.0.1:80", true, 0},
      {"a body is under way", "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nabc",
       "10.0.0.1:80", true, 0},
      {"a PROXY header is", "PROXY ", "10.0.0.1:81", false, 7},
      {"a handshake is", "", "10.0.0.1:443", false, 7},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.name);
    FrontWorld world(front_yaml(all_times()));
    FrontClient& client = world.connect(each.listener);
    client.send(each.before);
    world.run(1ms);
    ASSERT_EQ(world.open(), 1u);
    world.connections[0]->go_away();
    world.run(1ms);
    if (each.is_answered) {
      EXPECT_EQ(client.end_of_server, End::open);
      ASSERT_EQ(world.backs->sent.size(), 1u);
      world.sent(0).answer(200);
      world.run();
      EXPECT_TRUE(client.received.starts_with("HTTP/1.1 200 "));
      EXPECT_NE(client.received.find("Connection: close\r\n"), std::string::npos);
      EXPECT_EQ(world.backs->sent.size(), 1u);
    }
    EXPECT_EQ(seconds_until_end(world, client), each.seconds);
    world.run(3s);
    EXPECT_EQ(world.open(), 0u);
  }
}

TEST(FrontConnection, GoAwayWhileAnAnswerIsBeingSent) {
  FrontWorld world;
  FrontClient& client = world.connect();
  client.send(request_for_a + "GET /2 HTTP/1.1\r\nHost: a.example\r\n\r\n");
  world.run();
  world.sent(0).connect();
  world.sent(0).respond({.status = 200, .body = Body::follows});
  world.run();
  world.connections[0]->go_away();
  world.sent(0).send_body("abc");
  world.sent(0).end();
  world.run();
  EXPECT_TRUE(client.received.ends_with("3\r\nabc\r\n0\r\n\r\n")) << client.received;
  EXPECT_EQ(client.end_of_server, End::clean);
  EXPECT_EQ(world.backs->sent.size(), 1u) << "no more requests";
}

TEST(FrontConnection, TheClientLeavesInEachState) {
  enum class Leaves : uint8_t { resets, closes };
  const struct {
    const char* name;
    const char* before;
    const char* line;        ///< when it resets
    const char* half_close;  ///< when it closes its side; "answered": it gets its answer
  } cases[] = {
      {"nothing came", "", "", ""},
      {"in a head", "GET / HT", "", ""},
      {"in a body", "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nabc",
       "POST / 0 serve:own-name app:0x1 !client-gone", "POST / 0 serve:own-name app:0x1 !client-gone"},
      {"behind a request", request_for_a.c_str(), "GET / 0 serve:own-name app:0x1 !client-gone", "answered"},
  };
  for (const auto& each : cases) {
    for (const Leaves how : {Leaves::resets, Leaves::closes}) {
      SCOPED_TRACE(fmt::format("{} {}", each.name, how == Leaves::resets ? "resets" : "closes"));
      FrontWorld world;
      FrontClient& client = world.connect();
      client.send(each.before);
      world.run();
      if (how == Leaves::resets)
        client.abort();
      else
        client.end();
      world.run();
      if (how == Leaves::closes && std::string_view(each.half_close) == "answered") {
        ASSERT_FALSE(world.sent(0).over());
        world.sent(0).answer(200);
        world.run();
        EXPECT_TRUE(client.received.starts_with("HTTP/1.1 200 "));
        EXPECT_EQ(client.end_of_server, End::clean);
        EXPECT_EQ(world.lines(), "GET / 200 serve:own-name app:200x1");
      } else {
        EXPECT_EQ(world.lines(), how == Leaves::resets ? each.line : each.half_close);
        for (const SentRequest& sent : world.backs->sent) EXPECT_TRUE(sent.over());
      }
      world.run(3s);
      EXPECT_EQ(world.open(), 0u);
    }
  }
}

TEST(FrontConnection, AClientThatIsResetWhileItIsHeldBackIsNoticed) {
  FrontWorld world(front_yaml(all_times()));
  FrontClient& client = world.connect();
  client.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 2000000\r\n\r\n");
  world.run();
  SentRequest& sent = world.sent(0);
  sent.unsent = 100 * 1024;
  client.send(std::string(1000000, 'x'));
  world.run(1s);
  client.abort();
  world.run();
  // Nobody reads, so only writing can tell.
  sent.connect();
  sent.respond({.status = 200, .body = Body::follows});
  world.run();
  if (!sent.over()) sent.send_body("x");
  world.run(1s);
  EXPECT_TRUE(sent.over());
  world.run(3s);
  EXPECT_EQ(world.open(), 0u);
}

TEST(FrontConnection, AbortInEachState) {
  for (const std::string& before :
       {std::string(), std::string("GET / HT"), request_for_a,
        std::string("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nabc")}) {
    SCOPED_TRACE(before);
    FrontWorld world;
    FrontClient& client = world.connect();
    client.send(before);
    world.run();
    world.connections.at(0)->abort();
    world.run(100ms);
    EXPECT_EQ(client.end_of_server, End::reset);
    EXPECT_EQ(world.open(), 0u);
    for (const SentRequest& sent : world.backs->sent) EXPECT_TRUE(sent.over());
  }
}

TEST(FrontConnection, ABackThatBreaksOffItsAnswerBreaksTheConnection) {
  FrontWorld world;
  FrontClient& client = world.connect();
  client.send(request_for_a);
  world.run();
  world.sent(0).connect();
  world.sent(0).respond({.status = 200, .body = Body::follows});
  world.sent(0).send_body("abc");
  world.run();
  world.sent(0).fail(BackFailure::Kind::closed_early);
  world.run();
  EXPECT_EQ(client.end_of_server, End::reset) << "a whole answer would end in a chunk of length 0";
  EXPECT_EQ(world.lines(), "GET / 200 serve:own-name app:200x1 !closed-early");
  world.run(3s);
  EXPECT_EQ(world.open(), 0u);
}

TEST(FrontConnection, AReloadStrandsNoConnection) {
  FrontWorld world;
  FrontClient& client = world.connect_tls();
  world.run();
  client.send(request_for_a);
  world.run();
  world.sent(0).answer(200);
  world.run();
  world.reload(front_yaml());
  client.send(request_for_a);
  world.run();
  ASSERT_EQ(world.backs->sent.size(), 2u);
  world.sent(1).answer(200);
  world.run();
  EXPECT_EQ(world.lines(), "GET / 200 serve:own-name app:200x1, GET / 200 serve:own-name app:200x1");
}

TEST(FrontConnection, AReloadThatTakesTheNameAwayIsHeardByTheNextRequest) {
  FrontWorld world;
  FrontClient& client = world.connect_tls();
  world.run();
  client.send(request_for_a);
  world.run();
  std::string yaml = front_yaml();
  yaml.replace(yaml.find("[a.example, www.a.example]"), 26, "[www.a.example]");
  world.reload(yaml);
  world.sent(0).answer(200);
  world.run();
  client.send(request_for_a);
  world.run();
  EXPECT_EQ(world.lines(), "GET / 200 serve:own-name app:200x1, GET / 421 misdirected:unowned");
}

}  // namespace
}  // namespace astray::proxy::test
