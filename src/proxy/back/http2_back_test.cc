// HTTP/2 toward a back, over the whole of Backs.
#include "http2/frame.h"
#include "http2/raw_frames.h"
#include "proxy/back/back_world_test.h"

namespace astray::proxy::test {
namespace {

using gateway::BackProtocol;

constexpr Duration a_moment = 50ms;

Http2Peer& peer_of(TestServer& server, size_t connection = 0) {
  return static_cast<Http2Peer&>(server.connections.at(connection).peer());
}

std::string request_field(const http2::RequestHead& head, std::string_view name) {
  return std::string(http2::first_value(head.fields, name).value_or(""));
}

/// Answers nobody.
void stay_silent(Http2Peer&, const Http2Server::Event&) {}

struct Http2World : BackWorld {
  Http2World() : BackWorld({"10.0.0.1:80"}, BackProtocol::h2c) {}
  TestServer& serve_h2(Http2Peer::Answer answer = {}, http2::Options options = {}) {
    return serve("10.0.0.1:80", http2_peers(loop, std::move(answer), options));
  }
};

TEST(Http2Back, CarriesManyRequestsOnOneConnection) {
  Http2World world;
  TestServer& server = world.serve_h2();
  std::vector<std::unique_ptr<Recorder>> requests;
  for (int i = 0; i < 50; ++i) requests.push_back(world.get());
  world.run(a_moment);
  for (const auto& request : requests) {
    EXPECT_TRUE(request->log == "connection head:200 body end" ||
                request->log == "connection:reused head:200 body end");
    EXPECT_EQ(request->body, "ok");
  }
  ASSERT_EQ(server.connections.size(), 1U);
  const http2::RequestHead& first = peer_of(server).requests.at(0);
  EXPECT_EQ(first.fields, (http2::Fields{{":method", "GET"},
                                         {":scheme", "https"},
                                         {":authority", "www.example.com"},
                                         {":path", "/"},
                                         {"accept", "*/*"}}));
  EXPECT_EQ(world.counters().idle_now, 1U);
}

TEST(Http2Back, OpensOtherConnectionsWhenTheStreamsAreUsedUp) {
  Http2World world;
  http2::Options options;
  options.concurrent_streams = 2;
  TestServer& server = world.serve_h2(stay_silent, options);
  std::vector<std::unique_ptr<Recorder>> requests;
  for (int i = 0; i < 7; ++i) requests.push_back(world.get());
  world.run(a_moment);
  EXPECT_EQ(server.connections.size(), 4U);
  size_t asked = 0;
  for (size_t i = 0; i < server.connections.size(); ++i) {
    EXPECT_LE(peer_of(server, i).requests.size(), 2U);
    asked += peer_of(server, i).requests.size();
  }
  EXPECT_EQ(asked, 7U);
  EXPECT_EQ(world.counters().active_now, 7U);
}

TEST(Http2Back, HeadsAndBodies) {
  struct Case {
    http2::Fields head;
    std::string body;
    const char* log;
    std::optional<uint64_t> length;
  };
  const Case cases[] = {
      {{{":status", "200"}}, "", "connection head:200 end", 0},
      {{{":status", "204"}}, "", "connection head:204 end", std::nullopt},
      {{{":status", "304"}, {"content-length", "7"}}, "", "connection head:304 end", 7},
      {{{":status", "200"}, {"content-length", "2"}}, "ok", "connection head:200 body end", 2},
      {{{":status", "200"}, {"content-length", "3"}},
       "ok",
       "connection head:200 body failure:malformed:possible",
       3},
      {{{":status", "503"}}, "no", "connection head:503 body end", std::nullopt},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.log);
    Http2World world;
    world.serve_h2([&](Http2Peer& peer, const Http2Server::Event& event) {
      if (const auto* end = std::get_if<http2::RequestEnd>(&event))
        (void)peer.engine.respond(end->stream, c.head, c.body);
    });
    const auto request = world.get();
    world.run(a_moment);
    EXPECT_EQ(request->log, c.log);
    ASSERT_TRUE(request->head);
    EXPECT_EQ(request->head->content_length, c.length);
    EXPECT_EQ(request->head->body == gateway::Body::follows, !c.body.empty());
  }
}

TEST(Http2Back, InterimHeadsTrailersAndABodyBothWays) {
  Http2World world;
  TestServer& server = world.serve_h2([](Http2Peer& peer, const Http2Server::Event& event) {
    if (const auto* head = std::get_if<http2::RequestHead>(&event))
      (void)peer.engine.informational(head->stream, {{":status", "103"}, {"link", "</a>"}});
    if (const auto* end = std::get_if<http2::RequestEnd>(&event)) {
      (void)peer.engine.respond(end->stream, {{":status", "200"}}, http2::Then::body);
      (void)peer.engine.send_body(end->stream, "answer", http2::Then::body);
      (void)peer.engine.send_trailers(end->stream, {{"x-sum", "7"}});
    }
  });
  const auto request = world.send(post_head(5));
  request->request->send_body("hello");
  request->request->end_body({{"x-mine", "1"}});
  world.run(a_moment);
  EXPECT_EQ(request->log, "connection interim:103 head:200 body trailers");
  EXPECT_EQ(request->body, "answer");
  EXPECT_EQ(request->trailers, (Fields{{"x-sum", "7"}}));
  EXPECT_EQ(peer_of(server).body, "hello");
  EXPECT_EQ(request_field(peer_of(server).requests[0], "content-length"), "5");
}

TEST(Http2Back, AnEarlyAnswerResetsTheRestOfTheRequestWithoutAnError) {
  Http2World world;
  TestServer& server = world.serve_h2([](Http2Peer& peer, const Http2Server::Event& event) {
    if (const auto* head = std::get_if<http2::RequestHead>(&event))
      (void)peer.engine.respond(head->stream, {{":status", "413"}}, "no");
  });
  const auto request = world.send(post_head(std::nullopt));
  world.run(a_moment);
  EXPECT_EQ(request->log, "connection head:413 body end");
  request->request->send_body("hello");
  request->request->end_body({});
  world.run(a_moment);
  EXPECT_EQ(peer_of(server).resets, (std::vector<std::string>{"NO_ERROR"}));
  EXPECT_EQ(peer_of(server).body, "");
  EXPECT_EQ(world.counters().open_now, 1U);
}

TEST(Http2Back, SaysWhichRequestsWereNotLookedAt) {
  struct Case {
    const char* what;
    Http2Peer::Answer answer;
    const char* log;
  };
  const auto on_head = [](auto act) {
    return [act](Http2Peer& peer, const Http2Server::Event& event) {
      if (const auto* head = std::get_if<http2::RequestHead>(&event)) act(peer, head->stream);
    };
  };
  const Case cases[] = {
      {"refused", on_head([](Http2Peer& peer, http2::StreamId id) {
         (void)peer.engine.reset(id, http2::ErrorCode::refused_stream);
       }),
       "connection failure:closed-early:never"},
      {"reset", on_head([](Http2Peer& peer, http2::StreamId id) {
         (void)peer.engine.reset(id, http2::ErrorCode::internal_error);
       }),
       "connection failure:closed-early:possible"},
      {"GOAWAY below the stream", on_head([](Http2Peer& peer, http2::StreamId) {
         peer.raw = http2::RawFrames().goaway(0, http2::ErrorCode::no_error).bytes();
       }),
       "connection failure:closed-early:never"},
      {"GOAWAY above the stream, then the end", on_head([](Http2Peer& peer, http2::StreamId id) {
         peer.raw = http2::RawFrames().goaway(id, http2::ErrorCode::no_error).bytes();
         peer.closing = Ending::close;
       }),
       "connection failure:closed-early:possible"},
      {"closes", on_head([](Http2Peer& peer, http2::StreamId) { peer.closing = Ending::close; }),
       "connection failure:closed-early:possible"},
      {"aborts", on_head([](Http2Peer& peer, http2::StreamId) { peer.closing = Ending::abort; }),
       "connection failure:closed-early:possible"},
      {"closes in the body", on_head([](Http2Peer& peer, http2::StreamId id) {
         (void)peer.engine.respond(id, {{":status", "200"}}, http2::Then::body);
         (void)peer.engine.send_body(id, "half", http2::Then::body);
         peer.closing = Ending::close;
       }),
       "connection head:200 body failure:closed-early:possible"},
      {"refuses after the head", on_head([](Http2Peer& peer, http2::StreamId id) {
         (void)peer.engine.respond(id, {{":status", "200"}}, http2::Then::body);
         peer.raw += http2::RawFrames().rst_stream(id, http2::ErrorCode::refused_stream).bytes();
       }),
       nullptr},
      {"garbage", on_head([](Http2Peer& peer, http2::StreamId) { peer.raw = std::string(64, 'x'); }),
       "connection failure:malformed:possible"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    Http2World world;
    world.serve_h2(c.answer);
    const auto request = world.get();
    world.run(a_moment);
    if (c.log != nullptr) {
      EXPECT_EQ(request->log, c.log);
    } else {
      EXPECT_TRUE(request->failure);
    }
    EXPECT_EQ(world.counters().active_now, 0U);
  }
}

TEST(Http2Back, NothingIsKnownOfAServerThatSpeaksHttp1) {
  Http2World world;
  world.serve("10.0.0.1:80", http1({{.send = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"}}));
  const auto request = world.get();
  world.run(a_moment);
  EXPECT_EQ(request->log, "connection failure:malformed:possible");
}

TEST(Http2Back, AfterGoawayTheNextRequestTakesAnotherConnection) {
  Http2World world;
  TestServer& server = world.serve_h2([](Http2Peer& peer, const Http2Server::Event& event) {
    const auto* end = std::get_if<http2::RequestEnd>(&event);
    if (end == nullptr) return;
    (void)peer.engine.respond(end->stream, {{":status", "200"}}, "ok");
    peer.engine.go_away();
  });
  for (int i = 0; i < 3; ++i) {
    const auto request = world.get();
    world.run(a_moment);
    EXPECT_EQ(request->log, "connection head:200 body end");
  }
  EXPECT_EQ(server.connections.size(), 3U);
  EXPECT_EQ(world.counters().open_now, 0U);
}

TEST(Http2Back, ACancelledRequestLeavesTheOthersAlone) {
  Http2World world;
  TestServer& server = world.serve_h2([](Http2Peer& peer, const Http2Server::Event& event) {
    const auto* end = std::get_if<http2::RequestEnd>(&event);
    if (end == nullptr || peer.requests.size() < 2) return;
    for (const http2::RequestHead& head : peer.requests)
      (void)peer.engine.respond(head.stream, {{":status", "200"}}, "ok");
  });
  const auto first = world.get();
  world.run(a_moment);
  first->request.reset();
  const auto second = world.get();
  world.run(a_moment);
  EXPECT_EQ(second->log, "connection:reused head:200 body end");
  EXPECT_EQ(peer_of(server).resets, (std::vector<std::string>{"CANCEL"}));
  EXPECT_EQ(world.counters().active_now, 0U);
  EXPECT_EQ(world.counters().open_now, 1U);
}

TEST(Http2Back, DestroyedInAnyCallItHearsNoMoreAndLeaksNothing) {
  for (const char* call : {"connection", "interim", "head", "body", "trailers", "room"}) {
    SCOPED_TRACE(call);
    Http2World world;
    TestServer& server = world.serve_h2([](Http2Peer& peer, const Http2Server::Event& event) {
      if (const auto* head = std::get_if<http2::RequestHead>(&event))
        (void)peer.engine.informational(head->stream, {{":status", "103"}});
      if (const auto* end = std::get_if<http2::RequestEnd>(&event)) {
        (void)peer.engine.respond(end->stream, {{":status", "200"}}, http2::Then::body);
        (void)peer.engine.send_body(end->stream, std::string(1000, 'x'), http2::Then::body);
        (void)peer.engine.send_trailers(end->stream, {{"x-sum", "7"}});
      }
    });
    const auto request = world.send(post_head(std::nullopt));
    request->destroy_at = call;
    request->request->send_body(std::string(200'000, 'x'));
    request->request->end_body({});
    world.run(1s);
    EXPECT_FALSE(request->request) << request->log;
    EXPECT_EQ(world.counters().active_now, 0U);
    EXPECT_EQ(world.counters().idle_now, 1U);
    const auto next = world.get();
    world.run(a_moment);
    EXPECT_EQ(next->log, "connection:reused interim:103 head:200 body trailers");
    EXPECT_EQ(server.connections.size(), 1U);
  }
}

TEST(Http2Back, AsksForNoMoreThanAWindowOfWhatIsNotTaken) {
  Http2World world;
  world.serve_h2([](Http2Peer& peer, const Http2Server::Event& event) {
    if (const auto* end = std::get_if<http2::RequestEnd>(&event))
      (void)peer.engine.respond(end->stream, {{":status", "200"}}, std::string(2'000'000, 'x'));
  });
  const auto slow = world.get();
  slow->appetite = Recorder::Appetite::none;
  const auto quick = world.get();
  world.run(5s);
  EXPECT_EQ(slow->body.size(), 256U * 1024);
  EXPECT_EQ(quick->body.size(), 2'000'000U);
  EXPECT_TRUE(quick->ended());
  slow->appetite = Recorder::Appetite::all;
  slow->request->consume(slow->body.size());
  world.run(5s);
  EXPECT_EQ(slow->body.size(), 2'000'000U);
  EXPECT_TRUE(slow->ended());
}

TEST(Http2Back, WhatACancelledRequestHeldComesBackToTheConnection) {
  Http2World world;
  world.serve_h2([](Http2Peer& peer, const Http2Server::Event& event) {
    if (const auto* end = std::get_if<http2::RequestEnd>(&event))
      (void)peer.engine.respond(end->stream, {{":status", "200"}}, std::string(2'000'000, 'x'));
  });
  // Many times the connection's window.
  for (int i = 0; i < 300; ++i) {
    const auto request = world.get();
    request->appetite = Recorder::Appetite::none;
    world.run(a_moment);
    ASSERT_EQ(request->body.size(), 256U * 1024) << i;
  }
  EXPECT_EQ(world.counters().opened, 1U);
}

TEST(Http2Back, ASilentConnectionTakesNoMoreRequests) {
  Http2World world;
  world.settings().timeouts.response = 5s;
  TestServer& server = world.serve_h2(stay_silent);
  const auto first = world.get();
  world.run(1s);
  const auto second = world.get();
  world.run(4500ms);
  EXPECT_EQ(first->log, "connection failure:timed-out:possible");
  EXPECT_EQ(second->log, "connection:reused");
  // SETTINGS came after the first had begun; nothing came after the second.
  world.run(1s);
  EXPECT_EQ(second->log, "connection:reused failure:timed-out:possible");
  EXPECT_EQ(world.counters().open_now, 0U);
  const auto third = world.get();
  world.run(a_moment);
  EXPECT_EQ(third->log, "connection");
  EXPECT_EQ(server.connections.size(), 2U);
}

TEST(Http2Back, ExtendedConnectWaitsForSettings) {
  Http2World world;
  const auto answer = [](Http2Peer& peer, const Http2Server::Event& event) {
    if (const auto* head = std::get_if<http2::RequestHead>(&event))
      (void)peer.engine.respond(head->stream, {{":status", "200"}}, http2::Then::body);
    if (const auto* data = std::get_if<http2::BodyData>(&event))
      (void)peer.engine.send_body(data->stream, data->bytes, http2::Then::body);
    if (const auto* end = std::get_if<http2::RequestEnd>(&event))
      (void)peer.engine.send_body(end->stream, {}, http2::Then::end);
  };
  TestServer& server = world.serve("10.0.0.1:80", [&](size_t) {
    auto peer = std::make_unique<Http2Peer>(world.loop.now(), answer);
    peer->announce({http2::setting::enable_connect_protocol, 1});
    return peer;
  });
  RequestHead head = get_head();
  head.upgrade = "websocket";
  head.fields.push_back({"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="});  // of a client over HTTP/1.1: not for here
  const auto request = world.send(head);
  request->request->send_body("ping");
  world.run(a_moment);
  EXPECT_EQ(request->log, "connection head:101 body");
  EXPECT_EQ(request->body, "ping");
  EXPECT_EQ(peer_of(server).requests.at(0).fields, (http2::Fields{{":method", "CONNECT"},
                                                                  {":protocol", "websocket"},
                                                                  {":scheme", "https"},
                                                                  {":authority", "www.example.com"},
                                                                  {":path", "/"},
                                                                  {"accept", "*/*"}}));
  request->request->send_body("bye");
  request->request->end_body({});
  world.run(a_moment);
  EXPECT_EQ(request->body, "pingbye");
  EXPECT_EQ(request->log, "connection head:101 body end");
}

TEST(Http2Back, ExtendedConnectIsRefusedWhereTheBackDoesNotAllowIt) {
  Http2World world;
  TestServer& server = world.serve_h2();
  RequestHead head = get_head();
  head.upgrade = "websocket";
  for (int i = 0; i < 2; ++i) {
    const auto request = world.send(head);
    world.run(a_moment);
    ASSERT_TRUE(request->failure);
    EXPECT_EQ(request->failure->kind, BackFailure::Kind::unavailable);
    EXPECT_EQ(request->failure->processing, BackFailure::Processing::never);
    EXPECT_NE(request->failure->sentence.find("RFC 8441"), std::string::npos);
  }
  EXPECT_TRUE(peer_of(server).requests.empty());
  EXPECT_EQ(world.counters().active_now, 0U);
}

}  // namespace
}  // namespace astray::proxy::test
