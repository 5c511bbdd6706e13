// HTTP/1.1 toward a back, over the whole of Backs.
#include "proxy/back/back_world_test.h"

namespace astray::proxy::test {
namespace {

constexpr Duration http1_moment = 50ms;

/// Says what the test puts into `output`, whatever it is asked.
struct SayingPeer final : Peer {
  void receive(std::string_view) override {}
  size_t write_to(std::span<char> buffer) override {
    const size_t size = std::min(buffer.size(), output.size());
    output.copy(buffer.data(), size);
    output.erase(0, size);
    return size;
  }
  std::string output;
};

TEST(Http1Back, CarriesARequestAndKeepsTheConnection) {
  BackWorld world;
  TestServer& server = world.serve("10.0.0.1:80", http1());
  const auto first = world.get();
  world.run(http1_moment);
  EXPECT_EQ(first->log, "connection head:200 body end");
  EXPECT_EQ(first->body, "ok");
  EXPECT_EQ(first->head->content_length, 2U);
  EXPECT_EQ(first->connection->peer, at("10.0.0.1:80"));
  const auto second = world.get("other.example.com");
  world.run(http1_moment);
  EXPECT_EQ(second->log, "connection:reused head:200 body end");
  EXPECT_EQ(second->connection->id, first->connection->id);
  ASSERT_EQ(server.connections.size(), 1U);
  EXPECT_EQ(server.connections[0].received,
            "GET / HTTP/1.1\r\nHost: www.example.com\r\naccept: */*\r\n\r\n"
            "GET / HTTP/1.1\r\nHost: other.example.com\r\naccept: */*\r\n\r\n");
  EXPECT_EQ(world.counters().opened, 1U);
  EXPECT_EQ(world.counters().reused, 1U);
  EXPECT_EQ(world.counters().idle_now, 1U);
  EXPECT_EQ(world.counters().active_now, 0U);
}

struct FailureCase {
  const char* what;
  std::vector<Step> steps;
  const char* log;
};

TEST(Http1Back, TellsAtEachStageWhatFailed) {
  const FailureCase cases[] = {
      {"closes before the head",
       {{.send = "", .then = Ending::close}},
       "connection failure:closed-early:possible"},
      {"resets before the head",
       {{.send = "", .then = Ending::abort}},
       "connection failure:closed-early:possible"},
      {"closes in the head",
       {{.send = "HTTP/1.1 200 OK\r\nContent", .then = Ending::close}},
       "connection failure:closed-early:possible"},
      {"closes after 100",
       {{.send = "HTTP/1.1 100 Continue\r\n\r\n", .then = Ending::close}},
       "connection interim:100 failure:closed-early:possible"},
      {"closes in the body",
       {{.send = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", .then = Ending::close}},
       "connection head:200 body failure:closed-early:possible"},
      {"closes in a chunk",
       {{.send = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf", .then = Ending::close}},
       "connection head:200 body failure:closed-early:possible"},
      {"resets in the body",
       {{.send = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", .then = Ending::abort}},
       "connection head:200 body failure:closed-early:possible"},
      {"no HTTP", {{.send = "SSH-2.0-x\r\n"}}, "connection failure:malformed:possible"},
      {"two lengths",
       {{.send = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"}},
       "connection failure:malformed:possible"},
      {"a bad chunk",
       {{.send = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}},
       "connection head:200 failure:malformed:possible"},
      {"101 unasked",
       {{.send = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"}},
       "connection failure:malformed:possible"},
      {"nothing, for a minute", {{.send = ""}}, "connection failure:timed-out:possible"},
      {"stops in the body",
       {{.send = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"}},
       "connection head:200 body failure:timed-out:possible"},
  };
  for (const FailureCase& c : cases) {
    SCOPED_TRACE(c.what);
    BackWorld world;
    world.serve("10.0.0.1:80", http1(c.steps));
    const auto request = world.get();
    world.run(130s);
    EXPECT_EQ(request->log, c.log);
    EXPECT_EQ(world.counters().open_now, 0U);
    EXPECT_EQ(world.counters().active_now, 0U);
    ASSERT_TRUE(request->failure);
    EXPECT_FALSE(request->failure->sentence.empty());
  }
}

TEST(Http1Back, BodiesInEachFraming) {
  const std::pair<const char*, const char*> cases[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "connection head:200 body end"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
       "connection head:200 body end"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 7\r\n\r\n",
       "connection head:200 body trailers"},
      {"HTTP/1.1 204 No Content\r\n\r\n", "connection head:204 end"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "connection head:200 end"},
      {"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
       "connection interim:103 head:304 end"},
  };
  for (const auto& [answer, log] : cases) {
    SCOPED_TRACE(answer);
    BackWorld world;
    world.serve("10.0.0.1:80", http1({{.send = answer}}));
    for (int i = 0; i < 2; ++i) {
      const auto request = world.get();
      world.run(http1_moment);
      std::string expected = log;
      if (i == 1) expected.replace(0, 10, "connection:reused");
      EXPECT_EQ(request->log, expected);
      ASSERT_TRUE(request->head);
      EXPECT_EQ(request->body, expected.find("body") == std::string::npos ? "" : "hello");
      if (request->head->status == 304) {
        EXPECT_EQ(request->head->content_length, 9U);
      }
    }
    EXPECT_EQ(world.counters().opened, 1U);
  }
}

TEST(Http1Back, ABodyUntilTheEndOfTheConnection) {
  BackWorld world;
  world.serve("10.0.0.1:80", http1({{.send = "HTTP/1.0 200 OK\r\n\r\nall", .then = Ending::close}}));
  const auto request = world.get();
  world.run(http1_moment);
  EXPECT_EQ(request->log, "connection head:200 body end");
  EXPECT_EQ(request->body, "all");
  EXPECT_FALSE(request->head->content_length);
}

TEST(Http1Back, KeepsHopByHopFieldsToItself) {
  BackWorld world;
  world.serve("10.0.0.1:80",
              http1({{.send = "HTTP/1.1 200 OK\r\nX-End: 1\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 2\r\n"
                              "Keep-Alive: timeout=5\r\nProxy-Connection: x\r\nUpgrade: h2c\r\n"
                              "Content-Length: 0\r\nbad name: 3\r\nX-Ctl: a\x01z\r\n\r\n"}}));
  const auto request = world.get();
  world.run(http1_moment);
  ASSERT_TRUE(request->head);
  EXPECT_EQ(request->head->fields, (Fields{{"x-end", "1"}}));
}

TEST(Http1Back, SendsABodyWithItsLength) {
  BackWorld world;
  TestServer& server = world.serve("10.0.0.1:80", http1({{.await = "hello"}}));
  const auto request = world.send(post_head(5));
  request->request->send_body("hel");
  world.run(http1_moment);
  request->request->send_body("lo");
  request->request->end_body({});
  world.run(http1_moment);
  EXPECT_EQ(request->log, "connection head:200 body end");
  EXPECT_EQ(server.connections[0].received,
            "POST /form HTTP/1.1\r\nHost: www.example.com\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(world.counters().idle_now, 1U);
}

TEST(Http1Back, SendsABodyInChunksWithTrailers) {
  BackWorld world;
  TestServer& server = world.serve("10.0.0.1:80", http1({{.await = "x-sum: 7\r\n\r\n"}}));
  const auto request = world.send(post_head(std::nullopt));
  world.run(http1_moment);
  request->request->send_body("hello");
  request->request->end_body({{"x-sum", "7"}, {"content-length", "3"}});
  world.run(http1_moment);
  EXPECT_EQ(request->log, "connection head:200 body end");
  EXPECT_EQ(server.connections[0].received,
            "POST /form HTTP/1.1\r\nHost: www.example.com\r\nTransfer-Encoding: chunked\r\n\r\n"
            "5\r\nhello\r\n0\r\nx-sum: 7\r\n\r\n");
}

TEST(Http1Back, NeverSendsMoreOrLessThanTheLength) {
  BackWorld world;
  TestServer& server = world.serve("10.0.0.1:80", http1({{.await = "hello"}}));
  const auto longer = world.send(post_head(5));
  longer->request->send_body("helloGET /smuggled HTTP/1.1\r\n\r\n");
  longer->request->end_body({});
  world.run(http1_moment);
  EXPECT_EQ(longer->log, "connection head:200 body end");
  EXPECT_TRUE(server.connections[0].received.ends_with("\r\n\r\nhello"));
  const auto shorter = world.send(post_head(5));
  shorter->request->send_body("hel");
  shorter->request->end_body({});
  world.run(http1_moment);
  EXPECT_TRUE(shorter->failure);
  EXPECT_EQ(world.counters().open_now, 0U);
}

// As when HTTP/2 brings more than the length in one piece: what is declared would look like a whole request.
TEST(Http1Back, SendsNothingOfARequestThatIsGivenUpInTheSameTurn) {
  BackWorld world;
  TestServer& server = world.serve("10.0.0.1:80", http1());
  const auto before = world.get();
  world.run(http1_moment);
  const size_t received = server.connections[0].received.size();
  const auto request = world.send(post_head(2));
  request->request->send_body("he");
  request->request.reset();
  world.run(http1_moment);
  EXPECT_EQ(server.connections[0].received.size(), received);
  EXPECT_EQ(world.counters().open_now, 0U);
}

TEST(Http1Back, PassesOnExpectations) {
  BackWorld world;
  TestServer& server =
      world.serve("10.0.0.1:80", http1({{.send = "HTTP/1.1 100 Continue\r\n\r\n"}, {.await = "hello"}}));
  RequestHead head = post_head(5);
  head.expects_continue = true;
  const auto request = world.send(head);
  world.run(http1_moment);
  EXPECT_EQ(request->log, "connection interim:100");
  EXPECT_NE(server.connections[0].received.find("Expect: 100-continue\r\n"), std::string::npos);
  request->request->send_body("hello");
  request->request->end_body({});
  world.run(http1_moment);
  EXPECT_EQ(request->log, "connection interim:100 head:200 body end");
}

TEST(Http1Back, AnEarlyAnswerIsDeliveredAndEndsTheConnection) {
  BackWorld world;
  TestServer& server =
      world.serve("10.0.0.1:80", http1({{.send = "HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n"}}));
  const auto request = world.send(post_head(5));
  world.run(http1_moment);
  EXPECT_EQ(request->log, "connection head:413 end");
  request->request->send_body("hello");
  request->request->end_body({});
  world.run(http1_moment);
  EXPECT_EQ(world.counters().open_now, 0U);
  EXPECT_TRUE(server.connections[0].received.ends_with("\r\n\r\n"));
}

TEST(Http1Back, BytesBehindAnAnswerAreNoAnswerToTheNext) {
  BackWorld world;
  TestServer& server = world.serve(
      "10.0.0.1:80", http1({{.send = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n"
                                     "Content-Length: 6\r\n\r\npoison"}}));
  const auto first = world.get();
  std::unique_ptr<Recorder> second;
  first->when_ended = [&] { second = world.get(); };
  world.run(http1_moment);
  EXPECT_EQ(first->body, "ok");
  ASSERT_TRUE(second);
  EXPECT_EQ(second->body, "ok");
  EXPECT_EQ(second->log, "connection head:200 body end");
  EXPECT_EQ(server.connections.size(), 2U);
}

// What has arrived before the question went out would be taken for its answer.
TEST(Http1Back, BytesThatCameBeforeTheQuestionAreNoAnswer) {
  size_t caught = 0;
  for (Duration offset = 90us; offset <= 115us; offset += 1us) {
    BackWorld world;
    std::string* output = nullptr;
    TestServer& server = world.serve("10.0.0.1:80", [&](size_t) {
      auto peer = std::make_unique<SayingPeer>();
      output = &peer->output;
      return peer;
    });
    const auto first = world.get();
    world.run(http1_moment);
    *output += "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    server.connections[0].wake();
    world.run(http1_moment);
    ASSERT_EQ(first->log, "connection head:200 end");
    *output += "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison";
    server.connections[0].wake();
    world.run(offset);
    const auto second = world.get();
    world.run(http1_moment);
    if (second->failure) {
      EXPECT_EQ(second->failure->processing, BackFailure::Processing::never);
      ++caught;
    }
  }
  EXPECT_NE(caught, 0U);
}

TEST(Http1Back, GoesOverToAnotherProtocol) {
  BackWorld world;
  TestServer& server = world.serve(
      "10.0.0.1:80",
      http1({{.send =
                  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\nhi"},
             {.await = "ping", .send = "pong"},
             {.await = "bye", .send = "bye", .then = Ending::close}}));
  RequestHead head = get_head();
  head.upgrade = "chat";
  const auto request = world.send(head);
  request->request->send_body("ping");
  world.run(120s);
  EXPECT_EQ(request->log, "connection head:101 body");
  EXPECT_EQ(request->body, "hipong");
  EXPECT_EQ(request->field("upgrade"), "");
  EXPECT_EQ(server.connections[0].received,
            "GET / HTTP/1.1\r\nHost: www.example.com\r\naccept: */*\r\nUpgrade: chat\r\n"
            "Connection: Upgrade\r\n\r\nping");
  request->request->send_body("bye");
  world.run(http1_moment);
  EXPECT_EQ(request->log, "connection head:101 body end");
  EXPECT_EQ(world.counters().open_now, 0U);
}

// RFC 8441 §5: a client that speaks HTTP/2 has no key, and the back wants one.
TEST(Http1Back, MakesAKeyOfWebSocketWhereTheClientHasNone) {
  BackWorld world;
  TestServer& server = world.serve(
      "10.0.0.1:80", http1({{.send = "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n"}}));
  RequestHead head = get_head();
  head.upgrade = "websocket";
  const auto request = world.send(head);
  world.run(http1_moment);
  const std::string_view received = server.connections[0].received;
  const size_t at = received.find("\r\nSec-WebSocket-Key: ");
  ASSERT_NE(at, std::string_view::npos) << received;
  EXPECT_EQ(received.substr(at + 21).find("\r\n"), 24U) << "16 bytes in base64";
  EXPECT_EQ(request->log, "connection failure:malformed:possible") << "\"x\" answers no key";
  EXPECT_NE(request->failure->sentence.find("Sec-WebSocket-Accept"), std::string::npos);
}

TEST(Http1Back, LeavesAClientsOwnKeyOfWebSocketAndTheAnswerToTheClient) {
  BackWorld world;
  TestServer& server = world.serve(
      "10.0.0.1:80", http1({{.send = "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n"}}));
  RequestHead head = get_head();
  head.upgrade = "WebSocket";
  head.fields.push_back({"sec-websocket-key", "k"});
  const auto request = world.send(head);
  world.run(http1_moment);
  EXPECT_EQ(request->log, "connection head:101");
  EXPECT_EQ(request->field("sec-websocket-accept"), "x");
  EXPECT_NE(server.connections[0].received.find("\r\nsec-websocket-key: k\r\n"), std::string::npos);
}

TEST(Http1Back, AnUpgradeThatIsDeclinedIsAnOrdinaryAnswer) {
  BackWorld world;
  TestServer& server = world.serve("10.0.0.1:80", http1());
  RequestHead head = get_head();
  head.upgrade = "websocket";
  const auto request = world.send(head);
  request->request->send_body("ping");
  world.run(http1_moment);
  EXPECT_EQ(request->log, "connection head:200 body end");
  EXPECT_EQ(server.connections[0].received.find("ping"), std::string::npos);
  EXPECT_EQ(world.counters().idle_now, 1U);
}

TEST(Http1Back, AnotherProtocolThanTheOneAskedForIsRefused) {
  BackWorld world;
  world.serve("10.0.0.1:80", http1({{.send = "HTTP/1.1 101 x\r\nUpgrade: h2c\r\n\r\n"}}));
  RequestHead head = get_head();
  head.upgrade = "websocket";
  const auto request = world.send(head);
  world.run(http1_moment);
  EXPECT_EQ(request->log, "connection failure:malformed:possible");
}

TEST(Http1Back, HoldsBackAServerWhoseAnswerNobodyTakes) {
  BackWorld world;
  const std::string large(4'000'000, 'x');
  world.serve("10.0.0.1:80", http1({{.send = "HTTP/1.1 200 OK\r\nContent-Length: 4000000\r\n\r\n" + large}}));
  const auto request = world.get();
  request->appetite = Recorder::Appetite::none;
  world.run(1s);
  EXPECT_GE(request->body.size(), 128U * 1024);
  EXPECT_LE(request->body.size(), 128U * 1024 + 8 * 64 * 1024);
  // Its taker is slow, and nobody blames the server.
  world.run(300s);
  EXPECT_FALSE(request->ended());
  request->appetite = Recorder::Appetite::all;
  request->request->consume(request->body.size());
  world.run(10s);
  EXPECT_EQ(request->log, "connection head:200 body end");
  EXPECT_EQ(request->body.size(), large.size());
}

TEST(Http1Back, SaysWhenThereIsRoomForMore) {
  BackWorld world;
  fake::Link slow;
  slow.to_server.bytes_per_second = 1'000'000;
  world.network.set_default_link(slow);
  TestServer& server = world.serve("10.0.0.1:80", http1({{.await = "the end"}}));
  const auto request = world.send(post_head(std::nullopt));
  size_t rooms = 0;
  request->when_room = [&] {
    ++rooms;
    EXPECT_LT(request->request->unsent(), 32U * 1024);
    if (rooms < 10) request->request->send_body(std::string(100'000, 'x'));
    if (rooms == 10) {
      request->request->send_body("the end");
      request->request->end_body({});
    }
  };
  request->request->send_body(std::string(100'000, 'x'));
  EXPECT_GE(request->request->unsent(), 100'000U);
  world.run(20s);
  EXPECT_EQ(request->log, "connection head:200 body end");
  EXPECT_GE(rooms, 10U);
  EXPECT_GT(server.connections[0].received.size(), 1'000'000U);
}

TEST(Http1Back, DestroyedInAnyCallItHearsNoMoreAndLeaksNothing) {
  const char* answer =
      "HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
  for (const char* call : {"connection", "interim", "head", "body", "trailers", "room"}) {
    SCOPED_TRACE(call);
    BackWorld world;
    world.serve("10.0.0.1:80", http1({{.await = "xxxx", .send = answer}, {.send = "0\r\nX-Sum: 1\r\n\r\n"}}));
    const auto request = world.send(post_head(std::nullopt));
    request->destroy_at = call;
    request->request->send_body(std::string(300'000, 'x'));
    world.run(http1_moment);
    if (request->request) {
      request->request->send_body("\r\n\r\n");
      request->request->end_body({});
    }
    world.run(1s);
    EXPECT_FALSE(request->request) << request->log;
    EXPECT_EQ(world.counters().active_now, 0U);
    const auto next = world.send(post_head(4));
    next->request->send_body("xxxx");
    next->request->end_body({});
    world.run(http1_moment);
    EXPECT_TRUE(next->head);
  }
}

TEST(Http1Back, DestroyedBeforeOrInTheFailure) {
  BackWorld world;
  world.serve("10.0.0.1:80", http1({{.send = "", .then = Ending::close}}));
  const auto in_failure = world.get();
  in_failure->destroy_at = "failure";
  const auto before = world.get();
  before->request.reset();
  world.run(http1_moment);
  EXPECT_EQ(in_failure->log, "connection failure:closed-early:possible");
  EXPECT_EQ(before->log, "");
}

TEST(Http1Back, EndsAfterSoManyRequests) {
  BackWorld world;
  world.settings().limits.requests_per_connection = 2;
  TestServer& server = world.serve("10.0.0.1:80", http1());
  for (int i = 0; i < 5; ++i) {
    const auto request = world.get();
    world.run(http1_moment);
    EXPECT_TRUE(request->head);
  }
  EXPECT_EQ(server.connections.size(), 3U);
  EXPECT_TRUE(server.connections[0].client_closed);
  EXPECT_TRUE(server.connections[1].client_closed);
  EXPECT_FALSE(server.connections[2].client_closed);
}

TEST(Http1Back, ClosesWhatIsIdleForLong) {
  BackWorld world;
  world.settings().timeouts.idle = 10s;
  TestServer& server = world.serve("10.0.0.1:80", http1());
  const auto first = world.get();
  world.run(8s);
  const auto second = world.get();
  world.run(8s);
  EXPECT_FALSE(server.connections[0].client_closed);
  EXPECT_EQ(second->log, "connection:reused head:200 body end");
  world.run(4s);
  EXPECT_TRUE(server.connections[0].client_closed);
  EXPECT_EQ(world.counters().open_now, 0U);
}

TEST(Http1Back, CountsTheTimeFromTheEndOfTheRequest) {
  BackWorld world;
  world.settings().timeouts.response = 5s;
  world.serve("10.0.0.1:80", http1({{.await = "hello", .send = ""}}));
  const auto request = world.send(post_head(5));
  world.run(30s);
  EXPECT_EQ(request->log, "connection");
  const MonotonicTime end = world.loop.now();
  request->request->send_body("hello");
  request->request->end_body({});
  world.run(30s);
  EXPECT_EQ(request->log, "connection failure:timed-out:possible");
  EXPECT_GE(request->ended_at, end + 5s);
  EXPECT_LE(request->ended_at, end + 5s + 100ms);
}

}  // namespace
}  // namespace astray::proxy::test
