// Peers that never stop: each ends with a name, after work that the limits bound.
#include <gtest/gtest.h>

#include "http2/hpack_literal.h"
#include "http2/raw_frames.h"
#include "http2/test_peer.h"

namespace astray::flood_test {
namespace {

using namespace http2;
using namespace http2::test;
using Lines = std::vector<std::string>;

constexpr FrameFlags last_head = end_headers | end_stream;

RawFrames repeated(int times, const RawFrames& frames) {
  RawFrames all;
  for (int i = 0; i < times; ++i) all.put_bytes(frames.bytes());
  return all;
}

/// The last event of a client with one open request that gets SETTINGS and these bytes.
std::string client_ends_with(const RawFrames& frames, size_t piece, const Options& options = {}) {
  Http2Client client(options, {});
  EXPECT_TRUE(client.request(get("a.example")));
  written(client);
  Lines lines;
  give(client, RawFrames().settings().put_bytes(frames.bytes()).bytes(), lines, piece);
  return lines.back();
}

/// The same of a server that answers nothing.
std::string server_ends_with(const RawFrames& frames, size_t piece, const Options& options = {}) {
  Http2Server server(options, {});
  Lines lines;
  give(server, RawFrames().preface().settings().put_bytes(frames.bytes()).bytes(), lines, piece);
  return lines.back();
}

struct Case {
  const char* what;
  RawFrames at_the_limit;  ///< is borne
  RawFrames beyond;        ///< behind it, is not
  std::string outcome;
};

std::vector<Case> floods() {
  RawFrames ping = RawFrames().ping("12345678");
  RawFrames unknown = RawFrames().frame({.type = static_cast<FrameType>(0x77), .payload = "x"});
  // SETTINGS was the first idle frame.
  return {
      {"PING", repeated(999, ping), ping, "failure ping-flood ENHANCE_YOUR_CALM on 0"},
      {"SETTINGS", repeated(999, RawFrames().settings()), RawFrames().settings(),
       "failure settings-flood ENHANCE_YOUR_CALM on 0"},
      {"SETTINGS entries", RawFrames().settings(std::vector<Setting>(32, {0x77, 1})),
       RawFrames().settings(std::vector<Setting>(33, {0x77, 1})),
       "failure settings-flood ENHANCE_YOUR_CALM on 0"},
      {"unknown frames", repeated(999, unknown), unknown, "failure frame-flood ENHANCE_YOUR_CALM on 0"},
      {"WINDOW_UPDATE", repeated(999, RawFrames().window_update(0, 1)), RawFrames().window_update(0, 1),
       "failure frame-flood ENHANCE_YOUR_CALM on 0"},
  };
}

TEST(Http2Flood, BothEndsGiveUp) {
  for (const Case& c : floods()) {
    for (size_t piece : {SIZE_MAX, size_t{1}, size_t{13}}) {
      SCOPED_TRACE(c.what);
      RawFrames all = RawFrames().put_bytes(c.at_the_limit.bytes()).put_bytes(c.beyond.bytes());
      EXPECT_FALSE(client_ends_with(c.at_the_limit, piece).starts_with("failure"));
      EXPECT_EQ(client_ends_with(all, piece), c.outcome);
      EXPECT_FALSE(server_ends_with(c.at_the_limit, piece).starts_with("failure"));
      EXPECT_EQ(server_ends_with(all, piece), c.outcome);
    }
  }
}

TEST(Http2Flood, EmptyData) {
  RawFrames head = RawFrames().headers(1, {{":status", "200"}});
  RawFrames empty = RawFrames().data(1, "");
  RawFrames padding = RawFrames().frame(
      {.type = FrameType::data, .flags = padded, .stream = 1, .payload = std::string_view("\3\0\0\0", 4)});
  for (const RawFrames& frame : {empty, padding}) {
    RawFrames borne = RawFrames().put_bytes(head.bytes()).put_bytes(repeated(1000, frame).bytes());
    EXPECT_EQ(client_ends_with(borne, SIZE_MAX), "1 head :status=200");
    // A byte of data in between makes good; its own frame counts until it is read.
    RawFrames twice = RawFrames().put_bytes(head.bytes()).put_bytes(repeated(999, frame).bytes());
    twice.data(1, "x").put_bytes(repeated(1000, frame).bytes());
    EXPECT_EQ(client_ends_with(twice, SIZE_MAX), "1 data x");
    EXPECT_EQ(client_ends_with(borne.put_bytes(frame.bytes()), SIZE_MAX),
              "failure empty-data-flood ENHANCE_YOUR_CALM on 1");
  }
}

TEST(Http2Flood, InterimResponses) {
  RawFrames interim = RawFrames().headers(1, {{":status", "103"}});
  EXPECT_EQ(client_ends_with(repeated(32, interim), 1), "1 interim :status=103");
  EXPECT_EQ(client_ends_with(repeated(33, interim), 1), "1 reset too-many-informational ENHANCE_YOUR_CALM");
  // Who goes on and on loses the connection.
  EXPECT_EQ(client_ends_with(repeated(1100, interim), SIZE_MAX),
            "failure frame-flood ENHANCE_YOUR_CALM on 1");
}

TEST(Http2Flood, Continuations) {
  auto block = [](int continuations) {
    RawFrames frames = RawFrames().headers(1, {{":status", "200"}}, 0);
    for (int i = 1; i < continuations; ++i) frames.continuation(1, {{"x", "y"}}, 0);
    return frames.continuation(1, {{"x", "y"}}, end_headers);
  };
  for (size_t piece : {SIZE_MAX, size_t{1}, size_t{5}}) {
    EXPECT_TRUE(client_ends_with(block(8), piece).starts_with("1 head")) << piece;
    EXPECT_EQ(client_ends_with(block(9), piece), "failure continuation-flood ENHANCE_YOUR_CALM on 1");
    // Empty ones, and those that never end (CVE-2024-28182).
    RawFrames endless = RawFrames().headers(1, {}, 0);
    endless.put_bytes(repeated(5000, RawFrames().continuation(1, {}, 0)).bytes());
    EXPECT_EQ(client_ends_with(endless, piece), "failure continuation-flood ENHANCE_YOUR_CALM on 1");
    EXPECT_EQ(server_ends_with(endless, piece), "failure continuation-flood ENHANCE_YOUR_CALM on 1");
  }
}

TEST(Http2Flood, ABlockThatIsTooLargeAsItComes) {
  // Each decodes to less than it is: what it says is not waited for.
  const std::string part(16384, '\x20');
  RawFrames frames = RawFrames().frame({.type = FrameType::headers, .flags = 0, .stream = 1, .payload = part});
  for (int i = 0; i < 4; ++i) frames.frame({.type = FrameType::continuation, .flags = 0, .stream = 1, .payload = part});
  for (size_t piece : {SIZE_MAX, size_t{1000}})
    EXPECT_EQ(client_ends_with(frames, piece), "failure header-list-too-large ENHANCE_YOUR_CALM on 1");
}

/// One field of 4000 bytes in the dynamic table, and then one byte each time it is meant.
std::string bomb(std::string_view pseudo_block, int times) {
  std::string block(pseudo_block);
  block += indexed_literal({"x", std::string(4000, 'b')});
  for (int i = 0; i < times; ++i) block += indexed_field(62);
  return block;
}

TEST(Http2Flood, HpackBomb) {
  std::string status = literal_block({{":status", "200"}});
  auto response = [&](int times) {
    return RawFrames().frame(
        {.type = FrameType::headers, .flags = end_headers, .stream = 1, .payload = bomb(status, times)});
  };
  for (size_t piece : {SIZE_MAX, size_t{1}}) {
    EXPECT_TRUE(client_ends_with(response(15), piece).starts_with("1 head"));
    EXPECT_EQ(client_ends_with(response(16), piece), "failure header-list-too-large ENHANCE_YOUR_CALM on 1");
    EXPECT_EQ(client_ends_with(response(10000), piece),
              "failure header-list-too-large ENHANCE_YOUR_CALM on 1");
  }

  // A server shows a request that is somewhat too large, to be answered 431, and gives up at four times that.
  std::string get_block = literal_block(get("a.example"));
  auto request = [&](int times) {
    return RawFrames().frame(
        {.type = FrameType::headers, .flags = last_head, .stream = 1, .payload = bomb(get_block, times)});
  };
  Http2Server server({}, {});
  Lines lines;
  give(server, RawFrames().preface().settings().put_bytes(request(30).bytes()).bytes(), lines);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_TRUE(lines[1].ends_with("!too-large"));
  EXPECT_LT(lines[1].size(), 65536u);
  EXPECT_EQ(lines[2], "1 end");
  EXPECT_TRUE(server.respond(1, {{":status", "431"}}, Then::end));
  EXPECT_EQ(server_ends_with(request(10000), SIZE_MAX),
            "failure header-list-too-large ENHANCE_YOUR_CALM on 1");
}

TEST(Http2Flood, ManySmallFields) {
  Fields fields = {{":status", "200"}};
  for (int i = 0; i < 999; ++i) fields.push_back({"a", ""});
  EXPECT_TRUE(client_ends_with(RawFrames().headers(1, fields), 1).starts_with("1 head"));
  fields.push_back({"a", ""});
  EXPECT_EQ(client_ends_with(RawFrames().headers(1, fields), 1),
            "failure header-list-too-large ENHANCE_YOUR_CALM on 1");
}

TEST(Http2Flood, RapidReset) {
  for (int resets : {1000, 1001}) {
    RawFrames frames;
    for (int i = 0; i < resets; ++i)
      frames.headers(2 * i + 1, get("a.example"), last_head).rst_stream(2 * i + 1, ErrorCode::cancel);
    std::string end = server_ends_with(frames, SIZE_MAX);
    EXPECT_EQ(end, resets == 1000 ? "1999 reset reset-by-peer CANCEL"
                                  : "failure reset-flood ENHANCE_YOUR_CALM on 2001");
  }
  // The server is made to reset (CVE-2025-8671): by a window above 2^31-1.
  RawFrames frames;
  for (int i = 0; i < 1001; ++i)
    frames.headers(2 * i + 1, get("a.example"), last_head).window_update(2 * i + 1, 0x7fffffff);
  for (size_t piece : {SIZE_MAX, size_t{11}})
    EXPECT_EQ(server_ends_with(frames, piece), "failure reset-flood ENHANCE_YOUR_CALM on 2001");
}

TEST(Http2Flood, TimeForgives) {
  MonotonicTime start{std::chrono::hours(1)};
  Http2Client client({}, start);
  Lines lines;
  give(client, RawFrames().settings().settings_ack().bytes(), lines);
  ASSERT_EQ(client.deadline(), start + std::chrono::seconds(60));
  for (int minute = 1; minute < 5; ++minute) {
    give(client, repeated(990, RawFrames().ping("12345678")).bytes(), lines);
    ASSERT_EQ(client.deadline(), start + std::chrono::seconds(60 * minute));
    client.on_deadline(*client.deadline());
    EXPECT_FALSE(client.deadline()) << "nothing is counted";
  }
  EXPECT_EQ(lines, (Lines{"settings"}));
}

TEST(Http2Flood, AnswersThatNobodyReads) {
  Options options;
  options.idle_frames = SIZE_MAX;
  Http2Client client(options, {});
  Lines lines;
  RawFrames pings = repeated(20000, RawFrames().ping("12345678"));
  RawFrames settings = RawFrames().settings();
  client.receive(settings.bytes());
  drain(client, lines);
  client.receive(pings.bytes());
  drain(client, lines);
  EXPECT_EQ(lines.back(), "failure unread-answers ENHANCE_YOUR_CALM on 0");
}

TEST(Http2Flood, ResponsesThatNobodyReads) {
  Http2Server server({}, {});
  Lines lines;
  give(server, RawFrames().preface().settings().settings_ack().bytes(), lines);
  // Each is answered at once and makes room for the next one, as far as the server is concerned.
  int answered = 0;
  for (int i = 0; i < 100000 && !lines.back().starts_with("failure"); ++i) {
    const RawFrames request = RawFrames().headers(2 * i + 1, get("a.example"), last_head);
    server.receive(request.bytes());
    drain(server, lines);
    if (server.respond(2 * i + 1, {{":status", "304"}, {"etag", std::string(200, '\x01')}}, Then::end)) ++answered;
  }
  EXPECT_TRUE(lines.back().starts_with("failure unread-answers ENHANCE_YOUR_CALM")) << lines.back();
  EXPECT_GT(answered, 100) << "as many may be under way";
  EXPECT_LT(written(server).size(), Options().unread_bytes + 1000);
}

TEST(Http2Flood, DataBeyondTheWindow) {
  RawFrames head = RawFrames().settings_ack().headers(1, {{":status", "200"}});
  auto with_data = [&](size_t bytes) {
    RawFrames frames = RawFrames().put_bytes(head.bytes());
    for (; bytes > 16384; bytes -= 16384) frames.data(1, std::string(16384, 'x'));
    return frames.data(1, std::string(bytes, 'x'));
  };
  Options narrow_stream;
  narrow_stream.stream_window = 20000;
  Options narrow_connection;
  narrow_connection.connection_window = 65535;
  Options drained = narrow_stream;
  narrow_stream.consumption = narrow_connection.consumption = Consumption::by_command;
  for (size_t piece : {SIZE_MAX, size_t{1}, size_t{77}}) {
    EXPECT_EQ(client_ends_with(with_data(20000), piece, narrow_stream).size(), 7 + 20000u);
    EXPECT_EQ(client_ends_with(with_data(20001), piece, narrow_stream),
              "1 reset flow-control-error FLOW_CONTROL_ERROR");
    EXPECT_EQ(client_ends_with(with_data(65535), piece, narrow_connection).size(), 7 + 65535u);
    EXPECT_EQ(client_ends_with(with_data(65536), piece, narrow_connection),
              "failure flow-control-error FLOW_CONTROL_ERROR on 1");
    EXPECT_EQ(client_ends_with(with_data(200000), piece, drained).size(), 7 + 200000u);
  }
}

}  // namespace
}  // namespace astray::flood_test
