#include "http2/client.h"

#include <gtest/gtest.h>

#include "http2/frame_payloads.h"
#include "http2/frame_reader.h"
#include "http2/raw_frames.h"
#include "http2/test_peer.h"
#include "support/exact_buffer.h"

namespace astray::client_test {
namespace {

using namespace http2;
using namespace http2::test;
using Lines = std::vector<std::string>;

constexpr FrameFlags last_head = end_headers | end_stream;

Fields status(std::string_view code, Fields more = {}) {
  more.push_front({":status", code});
  return more;
}

/// What a client sees that sent `requests` and then got these bytes, in pieces of this size.
Lines seen(const std::vector<Fields>& requests, std::string_view bytes, size_t piece) {
  Http2Client client({}, {});
  for (const Fields& fields : requests) EXPECT_TRUE(client.request(fields));
  written(client);
  Lines lines;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    astray::test::ExactBuffer part(bytes.substr(0, piece));
    client.receive(part.view());
    drain(client, lines);
    written(client);
  }
  return lines;
}

void expect_seen(const std::vector<Fields>& requests, const RawFrames& frames, const Lines& expected) {
  for (size_t piece : {SIZE_MAX, size_t{1}, size_t{2}, size_t{7}, size_t{100}})
    EXPECT_EQ(seen(requests, frames.bytes(), piece), expected) << "in pieces of " << piece;
}

TEST(Http2Client, SendsPrefaceSettingsAndTheFieldsAsGiven) {
  Http2Client client({}, {});
  Fields odd = {{":path", "/"}, {"Host", "A.Example."}, {":authority", ""},      {"host", "b.example"},
                {"x", " y "},   {":method", "GET"},     {":authority", "c:443"}, {"Host", "\r\n"}};
  auto id = client.request(odd);
  ASSERT_TRUE(id);
  EXPECT_EQ(*id, 1);

  // Read back by the engine that shows all.
  Http2Server server({}, {});
  std::string bytes = written(client, 1);
  Lines lines;
  give(server, bytes, lines);
  EXPECT_EQ(lines, (Lines{"settings", "1 head" + text_of(odd) + " !bad-name", "1 end"}));

  FrameReader reader(FrameReader::Preface::expected);
  reader.receive(bytes);
  auto first = reader.next_frame();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->type, FrameType::settings);
  auto entries = read_settings_payload(first->payload);
  ASSERT_TRUE(entries);
  EXPECT_EQ(entries->front(), (Setting{setting::enable_push, 0}));
}

TEST(Http2Client, ReadsResponses) {
  RawFrames frames;
  frames.settings({{setting::max_concurrent_streams, 7}}).settings_ack();
  frames.headers(1, status("103", {{"link", "</a>"}}));
  frames.headers(1, status("200", {{"server", "x"}}));
  frames.data(1, "hel").data(1, "").data(1, "lo");
  frames.headers(1, {{"x-sum", "9"}}, last_head);
  expect_seen({get("a.example")}, frames,
              {"settings", "1 interim :status=103 link=</a>", "1 head :status=200 server=x", "1 data hello",
               "1 trailers x-sum=9", "1 end"});
}

TEST(Http2Client, ReadsAHeadInContinuations) {
  RawFrames frames;
  frames.settings().headers(1, {{":status", "200"}}, end_stream);
  frames.continuation(1, {{"a", "b"}}, 0).continuation(1, {{"c", "d"}});
  expect_seen({get("a.example")}, frames, {"settings", "1 head :status=200 a=b c=d", "1 end"});
}

TEST(Http2Client, TellsTheSettings) {
  Http2Client client({}, {});
  RawFrames frames;
  frames.settings({{setting::max_concurrent_streams, 7},
                   {0xabcd, 1},
                   {setting::enable_connect_protocol, 1},
                   {setting::max_header_list_size, 4096},
                   {setting::max_concurrent_streams, 5}});
  EXPECT_EQ(client.streams_available(), 100u);
  client.receive(frames.bytes());
  auto event = client.next_event();
  ASSERT_TRUE(event);
  const auto& settings = std::get<SettingsReceived>(*event);
  EXPECT_EQ(settings.received.size(), 5u);
  EXPECT_EQ(settings.received[1], (Setting{0xabcd, 1}));
  EXPECT_EQ(settings.max_concurrent_streams, 5u);
  EXPECT_EQ(settings.initial_window_size, 65535u);
  EXPECT_EQ(settings.max_frame_size, 16384u);
  EXPECT_EQ(settings.max_header_list_size, 4096u);
  EXPECT_EQ(settings.connect_protocol, SettingsReceived::ConnectProtocol::enabled);
  EXPECT_EQ(client.streams_available(), 5u);
}

TEST(Http2Client, OneMisdirectedRequestLeavesTheOthersAlone) {
  RawFrames frames;
  frames.settings();
  frames.headers(1, status("200")).data(1, "one");
  frames.headers(3, status("421"), last_head);
  frames.data(1, "!", end_stream);
  frames.headers(5, status("200"), last_head);
  expect_seen({get("a.example"), get("b.example"), get("c.example")}, frames,
              {"settings", "1 head :status=200", "1 data one", "3 head :status=421", "3 end", "1 data !",
               "1 end", "5 head :status=200", "5 end"});
}

TEST(Http2Client, ReadsOriginFrames) {
  std::string huge(16382, 'o');
  struct Case {
    const char* what;
    RawFrames frames;
    Lines expected;
  };
  const Case cases[] = {
      {"empty set", RawFrames().origin({}), {"origin"}},
      {"several",
       RawFrames().origin({"https://a.example", "https://b.example:8443"}),
       {"origin https://a.example https://b.example:8443"}},
      {"an empty entry", RawFrames().origin({"", "https://a.example"}), {"origin https://a.example"}},
      {"the last entry does not fit",
       RawFrames().frame({.type = FrameType::origin, .payload = std::string_view("\0\1a\0\5bc", 7)}),
       {"origin a +4"}},
      {"one byte", RawFrames().frame({.type = FrameType::origin, .payload = "x"}), {"origin +1"}},
      {"on a stream", RawFrames().origin({"https://a.example"}, 1), {}},
      {"with a flag of the first four",
       RawFrames().frame({.type = FrameType::origin, .flags = 4, .payload = {}}),
       {}},
      {"with another flag",
       RawFrames().frame({.type = FrameType::origin, .flags = 0x40, .payload = {}}),
       {"origin"}},
      {"as large as a frame", RawFrames().origin({huge}), {"origin " + huge}},
      {"larger than a frame",
       RawFrames().origin({huge + "o"}),
       {"failure frame-size-error FRAME_SIZE_ERROR on 0"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    Lines expected = {"settings"};
    expected.insert(expected.end(), c.expected.begin(), c.expected.end());
    expect_seen({get("a.example")}, RawFrames().settings().put_bytes(c.frames.bytes()), expected);
  }
}

TEST(Http2Client, ReadsAltSvcFrames) {
  RawFrames frames;
  frames.settings();
  frames.altsvc(0, "https://a.example", "h2=\":8443\"").altsvc(1, "", "clear");
  frames.altsvc(0, "", "ignored").altsvc(1, "https://a.example", "ignored");
  frames.frame({.type = FrameType::altsvc, .payload = std::string_view("\0\5abc", 5)});
  frames.frame({.type = FrameType::altsvc, .payload = "x"});
  frames.altsvc(0, "o", "");
  expect_seen(
      {get("a.example")}, frames,
      {"settings", "altsvc 0 [https://a.example] h2=\":8443\"", "altsvc 1 [] clear", "altsvc 0 [o] "});
}

TEST(Http2Client, GoAway) {
  expect_seen({get("a.example")}, RawFrames().settings().goaway(0, ErrorCode::no_error, "bye"),
              {"settings", "goaway 0 NO_ERROR bye", "1 reset refused-by-goaway REFUSED_STREAM"});
  RawFrames midway;
  midway.settings()
      .headers(1, status("200"))
      .goaway(1, ErrorCode::enhance_your_calm)
      .data(1, "x", end_stream);
  expect_seen({get("a.example"), get("b.example")}, midway,
              {"settings", "1 head :status=200", "goaway 1 ENHANCE_YOUR_CALM ",
               "3 reset refused-by-goaway REFUSED_STREAM", "1 data x", "1 end"});

  Http2Client client({}, {});
  Lines lines;
  give(client, RawFrames().settings().goaway(0, ErrorCode::no_error, std::string(2000, 'd')).bytes(), lines);
  EXPECT_EQ(lines.back(), "goaway 0 NO_ERROR " + std::string(1024, 'd'));
  EXPECT_EQ(client.request(get("a.example")).error(), CommandError::going_away);
  EXPECT_EQ(client.streams_available(), 0u);
}

TEST(Http2Client, StreamsEndEarly) {
  struct Case {
    const char* what;
    RawFrames frames;
    Lines expected;
  };
  const Case cases[] = {
      {"reset",
       RawFrames().rst_stream(1, ErrorCode::refused_stream),
       {"1 reset reset-by-peer REFUSED_STREAM"}},
      {"reset midway",
       RawFrames().headers(1, status("200")).rst_stream(1, ErrorCode::cancel).data(1, "late"),
       {"1 head :status=200", "1 reset reset-by-peer CANCEL"}},
      {"reset after the response",
       RawFrames().headers(1, status("200"), last_head).rst_stream(1, ErrorCode::no_error),
       {"1 head :status=200", "1 end"}},
      {"data first",
       RawFrames().headers(1, status("103")).data(1, "x"),
       {"1 interim :status=103", "1 reset malformed-message PROTOCOL_ERROR"}},
      {"no status", RawFrames().headers(1, {{"a", "b"}}), {"1 reset malformed-message PROTOCOL_ERROR"}},
      {"two heads",
       RawFrames().headers(1, status("200")).headers(1, status("200")),
       {"1 head :status=200", "1 reset malformed-message PROTOCOL_ERROR"}},
      {"interim response at the end",
       RawFrames().headers(1, status("100"), last_head),
       {"1 reset malformed-message PROTOCOL_ERROR"}},
      {"too long",
       RawFrames().headers(1, status("200", {{"content-length", "3"}})).data(1, "ab").data(1, "cd"),
       {"1 head :status=200 content-length=3", "1 data abc", "1 reset wrong-content-length PROTOCOL_ERROR"}},
      {"too short",
       RawFrames().headers(1, status("200", {{"content-length", "3"}})).data(1, "ab", end_stream),
       {"1 head :status=200 content-length=3", "1 data ab", "1 reset wrong-content-length PROTOCOL_ERROR"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    Lines expected = {"settings"};
    expected.insert(expected.end(), c.expected.begin(), c.expected.end());
    // The second stream lives on.
    expected.insert(expected.end(), {"3 head :status=204", "3 end"});
    RawFrames frames;
    frames.settings().put_bytes(c.frames.bytes()).headers(3, status("204"), last_head);
    expect_seen({get("a.example"), get("b.example")}, frames, expected);
  }
}

TEST(Http2Client, AHeadRequestHasNoBody) {
  Fields head = get("a.example");
  head.set_value(0, "HEAD");
  RawFrames frames;
  frames.settings().headers(1, status("200", {{"content-length", "5"}}), last_head);
  expect_seen({head}, frames, {"settings", "1 head :status=200 content-length=5", "1 end"});
}

TEST(Http2Client, ConnectionsFail) {
  struct Case {
    const char* what;
    std::string bytes;
    Lines expected;
  };
  RawFrames ok;
  ok.settings();
  auto after_settings = [&](const RawFrames& frames) { return ok.bytes() + frames.bytes(); };
  const Case cases[] = {
      {"HTTP/1.1", "HTTP/1.1 400 Bad Request\r\n\r\n", {"failure not-http2 PROTOCOL_ERROR on 0"}},
      {"no SETTINGS", RawFrames().ping("12345678").bytes(), {"failure not-http2 PROTOCOL_ERROR on 0"}},
      {"oversize frame",
       after_settings(RawFrames().frame_header(16385, FrameType::data, 0, 1)),
       {"settings", "failure frame-size-error FRAME_SIZE_ERROR on 1"}},
      {"PING of 7 bytes",
       after_settings(RawFrames().ping("1234567")),
       {"settings", "failure frame-size-error FRAME_SIZE_ERROR on 0"}},
      {"PUSH_PROMISE",
       after_settings(RawFrames().push_promise(1, 2, get("b.example"))),
       {"settings", "failure push-promise PROTOCOL_ERROR on 1"}},
      {"DATA on an idle stream",
       after_settings(RawFrames().data(5, "x")),
       {"settings", "failure protocol-error PROTOCOL_ERROR on 5"}},
      {"CONTINUATION alone",
       after_settings(RawFrames().continuation(1, {})),
       {"settings", "failure protocol-error PROTOCOL_ERROR on 1"}},
      {"another frame within a head",
       after_settings(RawFrames().headers(1, status("200"), 0).ping("12345678")),
       {"settings", "failure protocol-error PROTOCOL_ERROR on 0"}},
      {"ORIGIN within a head",
       after_settings(RawFrames().headers(1, status("200"), 0).origin({"o"})),
       {"settings", "failure protocol-error PROTOCOL_ERROR on 0"}},
      {"bad HPACK",
       after_settings(RawFrames().frame(
           {.type = FrameType::headers, .flags = end_headers, .stream = 1, .payload = "\xff\xff\xff"})),
       {"settings", "failure compression-error COMPRESSION_ERROR on 1"}},
      {"window above 2^31-1",
       after_settings(RawFrames().window_update(0, 0x7fffffff)),
       {"settings", "failure flow-control-error FLOW_CONTROL_ERROR on 0"}},
      {"window of nothing",
       after_settings(RawFrames().window_update(0, 0)),
       {"settings", "failure protocol-error PROTOCOL_ERROR on 0"}},
      {"ENABLE_PUSH of a server",
       RawFrames().settings({{setting::initial_window_size, 0x80000000}}).bytes(),
       {"failure flow-control-error FLOW_CONTROL_ERROR on 0"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    expect_seen({get("a.example")}, RawFrames().put_bytes(c.bytes), c.expected);
  }
}

TEST(Http2Client, IsSilentAfterAFailureButSaysGoAway) {
  Http2Client client({}, {});
  written(client);
  Lines lines;
  RawFrames push;
  push.settings().push_promise(1, 2, {}).settings();
  client.receive(push.bytes());
  drain(client, lines);
  EXPECT_EQ(lines, (Lines{"settings", "failure push-promise PROTOCOL_ERROR on 1"}));
  client.receive(push.bytes());
  client.receive_end();
  EXPECT_FALSE(client.next_event());
  EXPECT_FALSE(client.deadline());
  EXPECT_EQ(client.request(get("a.example")).error(), CommandError::connection_over);

  FrameReader reader;
  reader.receive(written(client));
  std::optional<Frame> last;
  while (auto frame = reader.next_frame()) last = frame;
  ASSERT_TRUE(last);
  EXPECT_EQ(last->type, FrameType::goaway);
  EXPECT_EQ(read_goaway_payload(last->payload)->code, ErrorCode::protocol_error);
  EXPECT_EQ(reader.unread(), 0u);
}

TEST(Http2Client, ThePeerCloses) {
  auto closed_after = [](std::string_view bytes, bool with_request) {
    Http2Client client({}, {});
    if (with_request) {
      EXPECT_TRUE(client.request(get("a.example")));
    }
    written(client);
    Lines lines;
    give(client, bytes, lines);
    client.receive_end();
    drain(client, lines);
    return lines.back();
  };
  EXPECT_EQ(closed_after("", false), "failure closed-before-settings NO_ERROR on 0");
  EXPECT_EQ(closed_after(RawFrames().settings().bytes(), false), "closed");
  EXPECT_EQ(closed_after(RawFrames().settings().bytes(), true), "failure closed-mid-stream NO_ERROR on 0");
  EXPECT_EQ(closed_after(RawFrames().settings().bytes() + "x", false),
            "failure closed-mid-stream NO_ERROR on 0");
  EXPECT_EQ(closed_after(RawFrames().settings().headers(1, status("204"), last_head).bytes(), true),
            "closed");
}

TEST(Http2Client, SettingsMustComeInTime) {
  MonotonicTime start{std::chrono::hours(5)};
  auto late = start + std::chrono::seconds(10);
  for (const RawFrames& frames :
       {RawFrames(), RawFrames().settings(), RawFrames().settings().settings_ack()}) {
    Http2Client client({}, start);
    EXPECT_EQ(client.deadline(), late);
    written(client);
    Lines lines;
    give(client, frames.bytes(), lines);
    client.on_deadline(late - std::chrono::nanoseconds(1));
    drain(client, lines);
    size_t before = lines.size();
    client.on_deadline(late);
    drain(client, lines);
    bool complete = before == 1 && frames.bytes().size() == 18;
    if (complete) {
      EXPECT_EQ(lines.size(), before);
      EXPECT_NE(client.deadline(), late);
    } else {
      EXPECT_EQ(lines.back(), "failure settings-timeout SETTINGS_TIMEOUT on 0");
    }
  }
}

TEST(Http2Client, ResetsAreSilent) {
  Http2Client client({}, {});
  auto id = client.request(get("a.example"));
  ASSERT_TRUE(id);
  written(client);
  Lines lines;
  give(client, RawFrames().settings().headers(1, status("200")).bytes(), lines);
  ASSERT_TRUE(client.reset(*id, ErrorCode::cancel));
  EXPECT_EQ(client.reset(*id, ErrorCode::cancel).error(), CommandError::unknown_stream);
  std::string sent = give(client, RawFrames().data(1, "late").data(1, "", end_stream).bytes(), lines);
  EXPECT_EQ(lines, (Lines{"settings", "1 head :status=200"}));
  EXPECT_EQ(client.streams_open(), 0u);
  EXPECT_NE(sent.find(RawFrames().rst_stream(1, ErrorCode::cancel).bytes()), std::string::npos);
}

TEST(Http2Client, ARequestThatWasResetBeforeItWasWrittenIsNeverSent) {
  Http2Client client({}, {});
  auto id = client.request(get("a.example"));
  ASSERT_TRUE(client.reset(*id, ErrorCode::cancel));
  std::string sent = written(client);
  EXPECT_EQ(sent.find("a.example"), std::string::npos);
  EXPECT_EQ(client.streams_open(), 0u);
  EXPECT_FALSE(client.next_event());
}

TEST(Http2Client, RefusesMoreStreamsThanThePeerAllows) {
  Http2Client client({}, {});
  Lines lines;
  give(client, RawFrames().settings({{setting::max_concurrent_streams, 1}}).bytes(), lines);
  EXPECT_TRUE(client.request(get("a.example")));
  EXPECT_EQ(client.request(get("b.example")).error(), CommandError::too_many_streams);
  written(client);
  give(client, RawFrames().headers(1, status("204"), last_head).bytes(), lines);
  EXPECT_TRUE(client.request(get("b.example")));
  Fields large = get("c.example");
  large.push_back({"x", std::string(1100000, 'x')});
  EXPECT_EQ(Http2Client({}, {}).request(large).error(), CommandError::too_large);
}

}  // namespace
}  // namespace astray::client_test
