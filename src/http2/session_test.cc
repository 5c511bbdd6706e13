// What both ends do with streams, windows and frames, seen frame by frame.
#include <gtest/gtest.h>

#include "http2/frame_reader.h"
#include "http2/raw_frames.h"
#include "http2/test_peer.h"

namespace astray::session_test {
namespace {

using namespace http2;
using namespace http2::test;
using Lines = std::vector<std::string>;

constexpr FrameFlags last_head = end_headers | end_stream;
const Fields ok = {{":status", "200"}};

/// What was sent, a line for each frame: "1 DATA 5 END_STREAM".
Lines frames_of(std::string_view bytes, FrameReader::Preface preface = FrameReader::Preface::none) {
  FrameReader reader(preface);
  reader.receive(bytes);
  Lines lines;
  while (const auto frame = reader.next_frame()) {
    const bool may_end = frame->type == FrameType::data || frame->type == FrameType::headers;
    const bool ends = may_end && (frame->flags & end_stream) != 0;
    lines.push_back(fmt::format("{} {} {}{}", frame->stream, to_string(frame->type), frame->payload.size(),
                                ends ? " END_STREAM" : ""));
  }
  EXPECT_EQ(reader.unread(), 0u);
  return lines;
}

/// A server that has what every server sends behind it.
struct BegunServer {
  explicit BegunServer(const RawFrames& frames, const Options& options = {}) : server(options, {}) {
    give(server, RawFrames().preface().settings().settings_ack().put_bytes(frames.bytes()).bytes(), lines);
  }
  /// And what it sends upon these.
  Lines answer_to(const RawFrames& frames) { return frames_of(give(server, frames.bytes(), lines)); }

  Http2Server server;
  Lines lines;
};

RawFrames requests(int count) {
  RawFrames frames;
  for (int i = 0; i < count; ++i) frames.headers(2 * i + 1, get("a.example"), last_head);
  return frames;
}

TEST(Http2Session, AnEndNeedsNoWindow) {
  BegunServer begun(requests(2));
  ASSERT_TRUE(begun.server.respond(1, ok, Then::body));
  ASSERT_TRUE(begun.server.respond(3, ok, Then::body));
  ASSERT_TRUE(begun.server.send_body(1, std::string(70000, 'x'), Then::end));
  written(begun.server);
  EXPECT_EQ(begun.server.unsent_body(1), 70000u - 65535u);
  ASSERT_TRUE(begun.server.send_body(3, "", Then::end));
  EXPECT_EQ(frames_of(written(begun.server)), (Lines{"3 DATA 0 END_STREAM"}));

  // Both windows must let it through.
  EXPECT_EQ(begun.answer_to(RawFrames().window_update(1, 100)), Lines{});
  EXPECT_EQ(begun.answer_to(RawFrames().window_update(0, 10)), (Lines{"1 DATA 10"}));
  EXPECT_EQ(begun.answer_to(RawFrames().window_update(0, 1000000)), (Lines{"1 DATA 90"}));
  EXPECT_EQ(begun.answer_to(RawFrames().window_update(1, 1000000)), (Lines{"1 DATA 4365 END_STREAM"}));
  EXPECT_EQ(begun.server.streams_open(), 0u);
}

TEST(Http2Session, StreamsTakeTurns) {
  BegunServer begun(requests(2));
  for (StreamId id : {1, 3}) ASSERT_TRUE(begun.server.respond(id, ok, std::string(20000, 'x')));
  const Lines sent = frames_of(written(begun.server));
  const Lines expected = {"1 DATA 16375", "3 DATA 16375", "1 DATA 3625 END_STREAM", "3 DATA 3625 END_STREAM"};
  ASSERT_EQ(sent.size(), 6u);
  EXPECT_EQ(Lines(sent.begin() + 2, sent.end()), expected);
}

TEST(Http2Session, SettingsChangeTheWindowsOfOpenStreams) {
  BegunServer begun(RawFrames().settings({{setting::initial_window_size, 10}}).put_bytes(requests(1).bytes()));
  ASSERT_TRUE(begun.server.respond(1, ok, std::string(100, 'x')));
  EXPECT_EQ(frames_of(written(begun.server)).back(), "1 DATA 10");
  // It may become negative (RFC 9113 section 6.9.2).
  EXPECT_EQ(begun.answer_to(RawFrames().settings({{setting::initial_window_size, 4}})), (Lines{"0 SETTINGS 0"}));
  EXPECT_EQ(begun.answer_to(RawFrames().window_update(1, 6)), Lines{});
  EXPECT_EQ(begun.answer_to(RawFrames().settings({{setting::initial_window_size, 90}})),
            (Lines{"0 SETTINGS 0", "1 DATA 86"}));
  begun.answer_to(RawFrames().window_update(1, 0x7fffffff).settings({{setting::initial_window_size, 91}}));
  EXPECT_EQ(begun.lines.back(), "failure flow-control-error FLOW_CONTROL_ERROR on 0");
}

TEST(Http2Session, AHeadThatIsLongerThanAFrameIsContinued) {
  BegunServer begun(requests(1));
  Fields fields = ok;
  fields.push_back({"x", std::string(40000, '\x01')});  // no code of Huffman's is shorter
  fields.push_back({"y", "z"});
  ASSERT_TRUE(begun.server.respond(1, fields, Then::end));
  const std::string sent = written(begun.server);
  const Lines frames = frames_of(sent);
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(frames[0], "1 HEADERS 16384 END_STREAM");
  EXPECT_EQ(frames[1], "1 CONTINUATION 16384");
  Http2Client client({}, {});
  ASSERT_TRUE(client.request(get("a.example")));
  written(client);
  Lines lines;
  give(client, RawFrames().settings().put_bytes(sent).bytes(), lines);
  EXPECT_EQ(lines, (Lines{"settings", "1 head" + text_of(fields), "1 end"}));
}

TEST(Http2Session, TrailersNeedNoEmptyFrameBeforeThem) {
  BegunServer begun(requests(2));
  ASSERT_TRUE(begun.server.respond(1, ok, Then::body));
  ASSERT_TRUE(begun.server.send_body(1, "hello", Then::body));
  ASSERT_TRUE(begun.server.send_trailers(1, {{"a", "b"}}));
  Lines sent = frames_of(written(begun.server));
  ASSERT_EQ(sent.size(), 3u);
  EXPECT_EQ(sent[1], "1 DATA 5");
  EXPECT_TRUE(sent[2].starts_with("1 HEADERS") && sent[2].ends_with("END_STREAM")) << sent[2];
  ASSERT_TRUE(begun.server.respond(3, ok, Then::body));
  written(begun.server);
  ASSERT_TRUE(begun.server.send_trailers(3, {{"a", "b"}}));
  sent = frames_of(written(begun.server));
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_TRUE(sent[0].starts_with("3 HEADERS") && sent[0].ends_with("END_STREAM")) << sent[0];
  EXPECT_EQ(begun.server.streams_open(), 0u);
}

TEST(Http2Session, WindowsAreOpenedWhenHalfIsUsedUp) {
  Options options;
  options.consumption = Consumption::by_command;
  options.stream_window = 1000;
  options.connection_window = 65535;
  RawFrames data = RawFrames().headers(1, get("a.example"));
  // Padding, and its length, are used up by nobody else.
  data.frame({.type = FrameType::data, .flags = padded, .stream = 1, .payload = std::string_view("\2abc\0\0", 6)});
  data.data(1, std::string(994, 'x'));
  BegunServer begun(data, options);
  EXPECT_EQ(begun.answer_to(RawFrames().data(1, "x")).back(), "1 RST_STREAM 4");

  BegunServer other(data, options);
  other.server.consume(1, 496);
  EXPECT_EQ(frames_of(written(other.server)), Lines{});
  other.server.consume(1, 1);
  EXPECT_EQ(written(other.server), RawFrames().window_update(1, 500).bytes());
  EXPECT_EQ(other.answer_to(RawFrames().data(1, std::string(500, 'x'))), Lines{});
}

TEST(Http2Session, DataThatNobodyWantsIsGivenBackToTheConnection) {
  Options options;
  options.consumption = Consumption::by_command;
  options.connection_window = 65535;
  BegunServer begun(RawFrames().headers(1, get("a.example")), options);
  ASSERT_TRUE(begun.server.reset(1, ErrorCode::cancel));
  written(begun.server);
  RawFrames late;
  for (int i = 0; i < 2; ++i) late.data(1, std::string(16384, 'x'));
  EXPECT_EQ(begun.answer_to(late), (Lines{"0 WINDOW_UPDATE 4"}));
}

TEST(Http2Session, StreamErrorsLeaveTheConnectionAlone) {
  BegunServer begun(requests(2));
  EXPECT_EQ(begun.answer_to(RawFrames().window_update(1, 0)), (Lines{"1 RST_STREAM 4"}));
  EXPECT_EQ(begun.answer_to(RawFrames().window_update(3, 0x7fffffff)), (Lines{"3 RST_STREAM 4"}));
  EXPECT_EQ(begun.lines[begun.lines.size() - 2], "1 reset stream-error PROTOCOL_ERROR");
  EXPECT_EQ(begun.lines.back(), "3 reset flow-control-error FLOW_CONTROL_ERROR");
  // What was closed is no longer heard of.
  EXPECT_EQ(begun.answer_to(RawFrames().window_update(1, 0).rst_stream(1, ErrorCode::cancel)), Lines{});
}

TEST(Http2Session, ConnectionErrors) {
  struct Case {
    const char* what;
    RawFrames frames;
    std::string outcome;
  };
  const std::string protocol = "failure protocol-error PROTOCOL_ERROR on ";
  const std::string size = "failure frame-size-error FRAME_SIZE_ERROR on ";
  const auto frame = [](FrameType type, StreamId stream, std::string_view payload, FrameFlags flags = 0) {
    return RawFrames().frame({.type = type, .flags = flags, .stream = stream, .payload = payload});
  };
  const std::string_view five("\0\0\0\1\x10", 5);
  const Case cases[] = {
      {"a stream that depends on itself", frame(FrameType::priority, 1, five), protocol + "1"},
      {"likewise in HEADERS", frame(FrameType::headers, 1, five, priority | last_head), protocol + "1"},
      {"PRIORITY of 4 bytes", frame(FrameType::priority, 3, "1234"), size + "3"},
      {"PRIORITY on stream 0", frame(FrameType::priority, 0, five), protocol + "0"},
      {"RST_STREAM of 5 bytes", frame(FrameType::rst_stream, 1, five), size + "1"},
      {"RST_STREAM on stream 0", RawFrames().rst_stream(0, ErrorCode::cancel), protocol + "0"},
      {"RST_STREAM on an idle stream", RawFrames().rst_stream(9, ErrorCode::cancel), protocol + "9"},
      {"WINDOW_UPDATE of 3 bytes", frame(FrameType::window_update, 0, "123"), size + "0"},
      {"WINDOW_UPDATE on an idle stream", RawFrames().window_update(9, 1), protocol + "9"},
      {"SETTINGS of 5 bytes", frame(FrameType::settings, 0, five), size + "0"},
      {"SETTINGS on a stream", frame(FrameType::settings, 1, ""), protocol + "1"},
      {"SETTINGS that acknowledge and say", frame(FrameType::settings, 0, "123456", ack), size + "0"},
      {"an acknowledgement too many", RawFrames().settings_ack(), protocol + "0"},
      {"ENABLE_PUSH of 2", RawFrames().settings({{setting::enable_push, 2}}), protocol + "0"},
      {"frames of 16383 bytes", RawFrames().settings({{setting::max_frame_size, 16383}}), protocol + "0"},
      {"frames of 2^24 bytes", RawFrames().settings({{setting::max_frame_size, 1 << 24}}), protocol + "0"},
      {"ENABLE_CONNECT_PROTOCOL of 2", RawFrames().settings({{setting::enable_connect_protocol, 2}}), protocol + "0"},
      {"NO_RFC7540_PRIORITIES of 2", RawFrames().settings({{setting::no_rfc7540_priorities, 2}}), protocol + "0"},
      {"PING on a stream", frame(FrameType::ping, 1, "12345678"), protocol + "1"},
      {"GOAWAY of 7 bytes", frame(FrameType::goaway, 0, "1234567"), size + "0"},
      {"GOAWAY on a stream", frame(FrameType::goaway, 1, "12345678"), protocol + "1"},
      {"GOAWAY that names a stream of its own", RawFrames().goaway(1, ErrorCode::no_error), protocol + "0"},
      {"padded HEADERS of nothing", frame(FrameType::headers, 3, "", padded | last_head), size + "3"},
      {"HEADERS without their priority", frame(FrameType::headers, 3, "1234", priority | last_head), size + "3"},
      {"padding over the priority", frame(FrameType::headers, 3, std::string_view("\1\0\0\0\0\0", 6), padded | priority | last_head), protocol + "3"},
      {"padding as long as the frame", frame(FrameType::data, 1, std::string_view("\1", 1), padded), protocol + "1"},
      {"HEADERS on stream 0", RawFrames().headers(0, get("a.example"), last_head), protocol + "0"},
      {"a block that another stream goes on with",
       RawFrames().headers(3, get("a.example"), 0).continuation(5, {}), protocol + "5"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    for (size_t piece : {SIZE_MAX, size_t{1}, size_t{4}}) {
      Http2Server server({}, {});
      Lines lines;
      RawFrames begun = RawFrames().preface().settings().settings_ack().headers(1, get("a.example"));
      give(server, begun.put_bytes(c.frames.bytes()).bytes(), lines, piece);
      EXPECT_EQ(lines.back(), c.outcome);
    }
  }
}

TEST(Http2Session, OnlyServersAreHeldToConnectProtocol) {
  const RawFrames frames = RawFrames()
                               .settings({{setting::enable_connect_protocol, 1}})
                               .settings({{setting::enable_connect_protocol, 0}});
  Lines lines;
  Http2Client client({}, {});
  give(client, frames.bytes(), lines);
  EXPECT_EQ(lines.back(), "failure protocol-error PROTOCOL_ERROR on 0");
  BegunServer begun(frames);
  EXPECT_EQ(begun.lines.back(), "settings");
}

TEST(Http2Session, HeadersBehindTheEnd) {
  BegunServer begun(requests(1));
  begun.answer_to(RawFrames().headers(1, {{"x", "y"}}, last_head));
  EXPECT_EQ(begun.lines.back(), "failure stream-closed STREAM_CLOSED on 1");

  // When the stream is forgotten, they serve the table of HPACK alone.
  BegunServer answered(requests(1));
  ASSERT_TRUE(answered.server.respond(1, {{":status", "204"}}, Then::end));
  EXPECT_EQ(answered.server.streams_open(), 0u);
  EXPECT_EQ(answered.answer_to(RawFrames().headers(1, {{"x", "y"}}, last_head)).size(), 1u) << "the answer";
  EXPECT_EQ(answered.lines.back(), "1 end");
}

TEST(Http2Session, NoStreamIsOpenedBehindOurGoAway) {
  BegunServer begun(requests(1));
  begun.server.go_away();
  EXPECT_EQ(written(begun.server), RawFrames().goaway(1, ErrorCode::no_error).bytes());
  EXPECT_EQ(begun.answer_to(RawFrames().headers(3, get("b.example")).data(3, "x", end_stream)), Lines{});
  EXPECT_EQ(begun.server.streams_open(), 1u);
  EXPECT_EQ(begun.lines.back(), "1 end");
}

TEST(Http2Session, ABlockThatIsNotCompleteSurvivesAPause) {
  // Nothing else is under way: the connection gives memory back between the two frames.
  BegunServer begun(RawFrames().headers(1, get("a.example"), end_stream));
  written(begun.server);
  begun.answer_to(RawFrames().continuation(1, {{"x", "y"}}));
  EXPECT_EQ(begun.lines, (Lines{"settings", "1 head" + text_of(get("a.example")) + " x=y", "1 end"}));
}

TEST(Http2Session, ARequestWhoseHeadIsNotCompleteIsUnderWay) {
  BegunServer begun(RawFrames().headers(1, get("a.example"), end_stream));
  begun.server.receive_end();
  drain(begun.server, begun.lines);
  EXPECT_EQ(begun.lines.back(), "failure closed-mid-stream NO_ERROR on 0");
}

TEST(Http2Session, AnEndThatComesNeedsNoWindow) {
  Options options;
  options.stream_window = 10;
  options.consumption = Consumption::by_command;
  Http2Server server(options, {});
  Lines lines;
  RawFrames frames = RawFrames().preface().settings().headers(1, get("a.example"));
  // Until it is acknowledged, nobody is held to a smaller window, which is negative then (RFC 9113 section 6.9.2).
  frames.data(1, std::string(30, 'x')).settings_ack().data(1, "", end_stream);
  give(server, frames.bytes(), lines);
  EXPECT_EQ(lines.back(), "1 end");
}

TEST(Http2Session, AWindowThatShrinksIsOpenedAgain) {
  Options options;
  options.stream_window = 100;
  Http2Server server(options, {});
  Lines lines;
  give(server, RawFrames().preface().settings().headers(1, get("a.example")).data(1, std::string(1000, 'x')).bytes(), lines);
  // The thousand were read, which was not worth telling of the larger window.
  EXPECT_EQ(give(server, RawFrames().settings_ack().bytes(), lines), RawFrames().window_update(1, 1000).bytes());
  give(server, RawFrames().data(1, std::string(100, 'y')).bytes(), lines);
  EXPECT_TRUE(lines.back().ends_with("xy" + std::string(99, 'y'))) << lines.back();
}

TEST(Http2Session, NothingComesOfAStreamThatTheCallerReset) {
  Http2Server server({}, {});
  RawFrames frames = RawFrames().preface().settings().headers(1, get("a.example"), last_head);
  frames.headers(3, get("a.example")).data(3, "x", end_stream).headers(5, get("a.example"), last_head);
  const std::string bytes = frames.bytes();
  Lines lines;
  server.receive(bytes);
  while (const auto event = server.next_event()) {
    record(lines, *event);
    if (lines.back().starts_with("1 head")) {
      EXPECT_TRUE(server.reset(1, ErrorCode::cancel));
    }
    if (lines.back().starts_with("3 data")) {
      EXPECT_TRUE(server.reset(3, ErrorCode::cancel));
    }
  }
  const std::string head = "head" + text_of(get("a.example"));
  EXPECT_EQ(lines, (Lines{"settings", "1 " + head, "3 " + head, "3 data x", "5 " + head, "5 end"}));
}

TEST(Http2Session, NothingComesBehindTheEndOfAResponse) {
  const RawFrames response = RawFrames().settings().headers(1, ok, last_head);
  for (const RawFrames& frames : {RawFrames().window_update(1, 0), RawFrames().window_update(1, 0x7fffffff),
                                  RawFrames().rst_stream(1, ErrorCode::no_error)}) {
    Http2Client client({}, {});
    ASSERT_TRUE(client.request(get("a.example"), Then::body));
    written(client);
    Lines lines;
    give(client, RawFrames().put_bytes(response.bytes()).put_bytes(frames.bytes()).bytes(), lines);
    EXPECT_EQ(lines, (Lines{"settings", "1 head :status=200", "1 end"}));
    EXPECT_EQ(client.streams_open(), 0u);
  }
  Http2Client client({}, {});
  ASSERT_TRUE(client.request(get("a.example"), Then::body));
  written(client);
  Lines lines;
  give(client, RawFrames().put_bytes(response.bytes()).goaway(0, ErrorCode::no_error).bytes(), lines);
  EXPECT_EQ(lines, (Lines{"settings", "1 head :status=200", "1 end", "goaway 0 NO_ERROR "}));
}

TEST(Http2Session, RequestsWaitForThePeersLimit) {
  Http2Client client({}, {});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(client.request(get("a.example"), "body"));
  Lines lines;
  // The server's SETTINGS come before anything was written.
  const RawFrames one_at_once = RawFrames().settings({{setting::max_concurrent_streams, 1}});
  client.receive(one_at_once.bytes());
  drain(client, lines);
  Lines sent = frames_of(written(client), FrameReader::Preface::expected);
  EXPECT_EQ(sent.back(), "1 DATA 4 END_STREAM");
  EXPECT_EQ(client.streams_open(), 3u);
  // The second is reset unseen, and takes no place.
  ASSERT_TRUE(client.reset(3, ErrorCode::cancel));
  sent = frames_of(give(client, RawFrames().headers(1, {{":status", "204"}}, last_head).bytes(), lines));
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_TRUE(sent[0].starts_with("5 HEADERS")) << sent[0];
  EXPECT_EQ(sent[1], "5 DATA 4 END_STREAM");
}

TEST(Http2Session, NobodyAnswersWhatWasNotWritten) {
  Http2Client client({}, {});
  ASSERT_TRUE(client.request(get("a.example")));
  Lines lines;
  give(client, RawFrames().settings().headers(1, ok, last_head).bytes(), lines);
  EXPECT_EQ(lines.back(), "failure protocol-error PROTOCOL_ERROR on 1");
}

TEST(Http2Session, GoAwayRefusesWhatWasNotWritten) {
  Http2Client client({}, {});
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(client.request(get("a.example")));
  Lines lines;
  RawFrames frames = RawFrames().settings({{setting::max_concurrent_streams, 1}});
  client.receive(frames.bytes());
  drain(client, lines);
  written(client);
  give(client, RawFrames().goaway(0x7fffffff, ErrorCode::no_error).bytes(), lines);
  EXPECT_EQ(lines.back(), "3 reset refused-by-goaway REFUSED_STREAM");
  EXPECT_EQ(client.streams_open(), 1u);
  give(client, RawFrames().goaway(1, ErrorCode::no_error).goaway(3, ErrorCode::no_error).bytes(), lines);
  EXPECT_EQ(lines.back(), "failure protocol-error PROTOCOL_ERROR on 0");
}

TEST(Http2Session, AnIdleConnectionThatServedGoesOn) {
  // The tables of HPACK outlive what an idle connection gives back.
  Pair pair;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(pair.client.request(get("a.example", "/path")));
    pair.run([&](const Http2Server::Event& event) {
      if (const auto* end = std::get_if<RequestEnd>(&event)) {
        EXPECT_TRUE(pair.server.respond(end->stream, {{":status", "200"}, {"x-name", "value"}}, "x"));
      }
    });
  }
  EXPECT_EQ(pair.server_lines.back(), "5 end");
  EXPECT_EQ(pair.client_lines[pair.client_lines.size() - 3], "5 head :status=200 x-name=value");
}

}  // namespace
}  // namespace astray::session_test
