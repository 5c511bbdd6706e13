#include "http2/server.h"

#include <gtest/gtest.h>

#include "http2/raw_frames.h"
#include "http2/test_peer.h"
#include "support/exact_buffer.h"

namespace astray::server_test {
namespace {

using namespace http2;
using namespace http2::test;
using Lines = std::vector<std::string>;

constexpr FrameFlags last_head = end_headers | end_stream;

Lines seen(std::string_view bytes, size_t piece) {
  Http2Server server({}, {});
  Lines lines;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    astray::test::ExactBuffer part(bytes.substr(0, piece));
    server.receive(part.view());
    drain(server, lines);
    written(server);
  }
  return lines;
}

void expect_seen(const RawFrames& frames, const Lines& expected) {
  for (size_t piece : {SIZE_MAX, size_t{1}, size_t{5}, size_t{100}})
    EXPECT_EQ(seen(frames.bytes(), piece), expected) << "in pieces of " << piece;
}

RawFrames begun() {
  return RawFrames().preface().settings();
}

TEST(Http2Server, ShowsEveryAuthorityAsItCame) {
  Fields rest = {{":method", "GET"}, {":scheme", "https"}, {":path", "/"}};
  auto with = [&](Fields before, Fields behind) {
    before.append(rest);
    before.append(behind);
    return before;
  };
  // A server must answer 400 to most of them, and can.
  const Fields all[] = {
      with({{":authority", "A.Example.:443"}}, {}),
      with({}, {{"host", "a.example"}}),
      with({{":authority", "a.example"}}, {{"host", "b.example"}}),
      with({{":authority", "a.example"}}, {{"host", "a.example"}, {"host", "b.example"}}),
      with({{":authority", "a.example"}, {":authority", "b.example"}}, {}),
      with({{":authority", ""}}, {}),
      with({}, {}),
      with({{":authority", "user@[::1]:0 \\\xff/?#"}}, {{"host", "\x01"}}),
  };
  for (const Fields& fields : all)
    expect_seen(begun().headers(1, fields, last_head), {"settings", "1 head" + text_of(fields), "1 end"});
}

TEST(Http2Server, NamesWhatIsWrongWithAHead) {
  Fields fields = get("a.example");
  fields.push_back({"transfer-encoding", "chunked"});
  expect_seen(begun().headers(1, fields, last_head),
              {"settings", "1 head" + text_of(fields) + " !connection-field", "1 end"});
}

TEST(Http2Server, TheBodyMustFitContentLength) {
  auto post = [](std::string_view length) {
    Fields fields = get("a.example");
    fields.push_back({"content-length", std::string(length)});
    return fields;
  };
  std::string head = "1 head" + text_of(post("3"));
  expect_seen(begun().headers(1, post("3")).data(1, "a").data(1, "bc", end_stream),
              {"settings", head, "1 data abc", "1 end"});
  expect_seen(begun().headers(1, post("3")).data(1, "a").data(1, "bcd", end_stream),
              {"settings", head, "1 data abc", "1 reset wrong-content-length PROTOCOL_ERROR"});
  expect_seen(begun().headers(1, post("3")).data(1, "ab", end_stream),
              {"settings", head, "1 data ab", "1 reset wrong-content-length PROTOCOL_ERROR"});
  expect_seen(begun().headers(1, post("3"), last_head),
              {"settings", head, "1 reset wrong-content-length PROTOCOL_ERROR"});
}

TEST(Http2Server, Trailers) {
  std::string head = "1 head" + text_of(get("a.example"));
  expect_seen(begun().headers(1, get("a.example")).headers(1, {{"x", "y"}}, last_head),
              {"settings", head, "1 trailers x=y", "1 end"});
  for (const RawFrames& bad :
       {RawFrames().headers(1, {{"x", "y"}}), RawFrames().headers(1, {{":path", "/"}}, last_head)})
    expect_seen(begun().headers(1, get("a.example")).put_bytes(bad.bytes()),
                {"settings", head, "1 reset malformed-message PROTOCOL_ERROR"});
}

TEST(Http2Server, ConnectionsFail) {
  struct Case {
    const char* what;
    std::string bytes;
    Lines expected;
  };
  const Case cases[] = {
      {"bad preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\rx", {"failure not-http2 PROTOCOL_ERROR on 0"}},
      {"HTTP/1.1", "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", {"failure not-http2 PROTOCOL_ERROR on 0"}},
      {"no SETTINGS",
       RawFrames().preface().headers(1, get("a.example")).bytes(),
       {"failure not-http2 PROTOCOL_ERROR on 0"}},
      {"an even stream",
       begun().headers(2, get("a.example")).bytes(),
       {"settings", "failure protocol-error PROTOCOL_ERROR on 2"}},
      {"push",
       begun().push_promise(1, 2, get("a.example")).bytes(),
       {"settings", "failure protocol-error PROTOCOL_ERROR on 1"}},
      {"DATA on stream 0",
       begun().data(0, "x").bytes(),
       {"settings", "failure protocol-error PROTOCOL_ERROR on 0"}},
      {"padding longer than the frame",
       begun()
           .frame({.type = FrameType::headers, .flags = padded | last_head, .stream = 1, .payload = "\xff"})
           .bytes(),
       {"settings", "failure protocol-error PROTOCOL_ERROR on 1"}},
      {"oversize frame",
       begun().frame_header(0xffffff, FrameType::headers, last_head, 1).bytes(),
       {"settings", "failure frame-size-error FRAME_SIZE_ERROR on 1"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    expect_seen(RawFrames().put_bytes(c.bytes), c.expected);
  }
}

TEST(Http2Server, IgnoresOriginAndAltSvc) {
  expect_seen(begun().origin({"https://a.example"}).altsvc(0, "https://a.example", "clear"), {"settings"});
}

TEST(Http2Server, DataOnAClosedStream) {
  // RFC 9113 section 5.1: closed by END_STREAM of both sides, which is not remembered, so that late frames are ignored.
  Http2Server server({}, {});
  Lines lines;
  give(server, begun().headers(1, get("a.example"), last_head).bytes(), lines);
  ASSERT_TRUE(server.respond(1, {{":status", "204"}}, Then::end));
  written(server);
  EXPECT_EQ(server.streams_open(), 0u);
  give(server, RawFrames().data(1, "late").headers(3, get("b.example"), last_head).bytes(), lines);
  EXPECT_EQ(lines, (Lines{"settings", "1 head" + text_of(get("a.example")), "1 end",
                          "3 head" + text_of(get("b.example")), "3 end"}));

  // Half-closed: an error of the stream, which may be taken for one of the connection (RFC 9113 section 5.4.2).
  Http2Server half({}, {});
  Lines half_lines;
  give(half, begun().headers(1, get("a.example"), last_head).data(1, "late").bytes(), half_lines);
  EXPECT_EQ(half_lines.back(), "failure stream-closed STREAM_CLOSED on 1");
}

TEST(Http2Server, RefusesStreamsBeyondTheLimit) {
  Options options;
  options.concurrent_streams = 1;
  RawFrames two = RawFrames().headers(1, get("a.example"), last_head).headers(3, get("b.example"), last_head);
  Lines first = {"settings", "1 head" + text_of(get("a.example")), "1 end"};

  // A client that cannot know the limit yet may try again.
  Http2Server server(options, {});
  Lines lines;
  std::string sent = give(server, begun().put_bytes(two.bytes()).bytes(), lines);
  EXPECT_EQ(lines, first);
  EXPECT_NE(sent.find(RawFrames().rst_stream(3, ErrorCode::refused_stream).bytes()), std::string::npos);

  // One that knows it loses the connection.
  Http2Server known(options, {});
  Lines known_lines;
  give(known, begun().settings_ack().put_bytes(two.bytes()).bytes(), known_lines);
  first.push_back("failure protocol-error PROTOCOL_ERROR on 3");
  EXPECT_EQ(known_lines, first);
}

TEST(Http2Server, RefusesCommandsOutOfOrder) {
  Http2Server server({}, {});
  Lines lines;
  Fields ok = {{":status", "200"}};
  EXPECT_EQ(server.respond(1, ok, Then::end).error(), CommandError::unknown_stream);
  give(server, begun().headers(1, get("a.example"), last_head).bytes(), lines);
  EXPECT_EQ(server.send_body(1, "x", Then::end).error(), CommandError::wrong_moment);
  EXPECT_TRUE(server.respond(1, ok, Then::body));
  EXPECT_EQ(server.respond(1, ok, Then::end).error(), CommandError::wrong_moment);
  EXPECT_EQ(server.informational(1, ok).error(), CommandError::wrong_moment);
  EXPECT_TRUE(server.send_body(1, "x", Then::end));
  EXPECT_EQ(server.send_body(1, "x", Then::end).error(), CommandError::wrong_moment);
  written(server);
  EXPECT_EQ(server.send_body(1, "x", Then::end).error(), CommandError::unknown_stream);
}

TEST(Http2Server, AClientThatIsSilent) {
  Http2Server server({}, MonotonicTime{});
  server.on_deadline(MonotonicTime{} + std::chrono::seconds(10));
  Lines lines;
  drain(server, lines);
  EXPECT_EQ(lines, (Lines{"failure settings-timeout SETTINGS_TIMEOUT on 0"}));
}

}  // namespace
}  // namespace astray::server_test
