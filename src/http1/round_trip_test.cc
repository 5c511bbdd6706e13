// Client and server in memory: what one writes, the other reads, however the bytes between them are cut.
#include <gtest/gtest.h>

#include <cstdint>

#include "http1/transcript_test.h"

namespace astray::http1::round_trip_test {
namespace {

const std::string content = "0123456789 abcdefghij\r\n0\r\n\r\n";

struct Origin {
  Http1Server server;
  Transcript transcript;
  std::string target;

  void take(const ServerEvent& event) {
    if (const auto* head = std::get_if<RequestHead>(&event)) {
      target = head->raw_target;
      if (head->expects == Expectation::continue_100) server.inform(100, "Continue");
    }
    if (std::holds_alternative<RequestEnd>(event)) answer();
  }
  void answer() {
    if (target == "/length") return server.respond(Response{.reason_phrase = "OK"}, content);
    if (target == "/none") return server.respond(Response{.status = 204, .reason_phrase = "No Content"});
    server.inform(103, "Early Hints", {"Link: </a>"});
    server.respond(Response{.status = 421,
                            .reason_phrase = "Misdirected Request",
                            .field_lines = {"A: b", "a: c"},
                            .body = target == "/close" ? ResponseBody::until_close : ResponseBody::chunked});
    server.send_body(content.substr(0, 7));
    server.send_body(content.substr(7));
    server.end_response(target == "/close" ? FieldLines() : FieldLines{"T: u"});
  }
};

struct Pieces {
  const char* name;
  uint32_t state;  // 0: all at once; 1: one byte at a time; otherwise the seed of a generator
  size_t next() {
    if (state == 0) return all_at_once;
    if (state == 1) return 1;
    state = state * 1664525u + 1013904223u;
    return 1 + (state >> 24) % 23;
  }
};

// Moves bytes until neither side has any left.
void talk(Http1Client& client, Transcript& client_events, Origin& origin, Pieces pieces) {
  bool moved = true;
  while (moved) {
    moved = false;
    const std::string to_server = take_output(client);
    for (size_t at = 0; at < to_server.size();) {
      const std::string piece = to_server.substr(at, pieces.next());
      at += piece.size();
      feed(origin.server, piece, all_at_once, origin.transcript,
           {[&](const ServerEvent& e) { origin.take(e); }});
      moved = true;
    }
    const std::string to_client = take_output(origin.server);
    for (size_t at = 0; at < to_client.size();) {
      const std::string piece = to_client.substr(at, pieces.next());
      at += piece.size();
      feed(client, piece, all_at_once, client_events);
      moved = true;
    }
  }
  if (origin.server.must_close()) {
    client.receive_end();
    feed(client, "", all_at_once, client_events);
  }
}

TEST(Http1RoundTrip, SaysTheSameHoweverItIsCut) {
  const std::string body = "\"" + content + "\"";
  const std::string expected_client =
      "200 OK {Content-Length: 28} content_length=28 / " + body +
      " / end keeps / "
      "100 Continue {} / 103 Early Hints {Link: </a>} / "
      "421 Misdirected Request {A: b; a: c; Transfer-Encoding: chunked} chunked / " +
      body +
      " / trailers {T: u} / end keeps / 204 No Content {} no_body / end keeps / "
      "200 OK {Content-Length: 28} no_body / end keeps / 103 Early Hints {Link: </a>} / "
      "421 Misdirected Request {A: b; a: c; Connection: close} until_close / " +
      body + " / end closes";
  const std::string expected_server =
      "GET /length origin {Host: a} no_body / end / "
      "POST /chunked origin {Host: a; Expect: 100-continue; Transfer-Encoding: chunked} chunked expects / " +
      body +
      " / trailers {R: s} / end / PUT /none origin {Host: a; Content-Length: 28} content_length=28 / " +
      body +
      " / end / HEAD /length origin {Host: a} no_body / end / GET /close origin {Host: a} no_body / end";
  ASSERT_EQ(content.size(), 28u);

  std::vector<Pieces> all = {{"whole", 0}, {"bytes", 1}};
  for (uint32_t seed = 2; seed < 60; ++seed) all.push_back({"random", seed});
  for (const Pieces& pieces : all) {
    Http1Client client;
    Transcript client_events;
    Origin origin;
    client.send(Request{.target = "/length", .field_lines = {"Host: a"}});
    client.send(Request{.method = "POST",
                        .target = "/chunked",
                        .field_lines = {"Host: a", "Expect: 100-continue", "Transfer-Encoding: chunked"},
                        .body = BodyWriting::chunked});
    client.send_body(content.substr(0, 3));
    client.send_body(content.substr(3));
    client.end_body({"R: s"});
    client.send(Request{.method = "PUT",
                        .target = "/none",
                        .field_lines = {"Host: a", "Content-Length: 28"},
                        .body = BodyWriting::as_it_is});
    client.send_body(content);
    client.end_body();
    client.send(Request{.method = "HEAD", .target = "/length", .field_lines = {"Host: a"}});
    client.send(Request{.target = "/close", .field_lines = {"Host: a"}});
    talk(client, client_events, origin, pieces);
    EXPECT_EQ(client_events.text(), expected_client) << pieces.name << " " << pieces.state;
    EXPECT_EQ(origin.transcript.text(), expected_server) << pieces.name << " " << pieces.state;
  }
}

}  // namespace
}  // namespace astray::http1::round_trip_test
