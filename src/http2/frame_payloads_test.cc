#include "http2/frame_payloads.h"

#include <gtest/gtest.h>

#include "support/exact_buffer.h"

namespace astray::frame_payloads_test {
namespace {

using namespace http2;
using std::string_view_literals::operator""sv;

TEST(FramePayloads, Origin) {
  struct Case {
    std::string_view payload;
    std::vector<std::string_view> origins;
    size_t malformed;
  };
  const Case cases[] = {
      {""sv, {}, 0},
      {"\0\1a"sv, {"a"}, 0},
      {"\0\1a\0\3bcd"sv, {"a", "bcd"}, 0},
      {"\0\0\0\1a\0\0"sv, {"a"}, 0},
      {"\0"sv, {}, 1},
      {"\0\1"sv, {}, 2},
      {"\0\1a\0"sv, {"a"}, 1},
      {"\0\1a\0\2b"sv, {"a"}, 3},
      {"\xff\xff z"sv, {}, 4},
      {"\0\3\xff\0\r"sv, {"\xff\0\r"sv}, 0},
  };
  for (const Case& c : cases) {
    astray::test::ExactBuffer exact(c.payload);
    OriginPayload read = read_origin_payload(exact.view());
    EXPECT_EQ(read.origins, c.origins);
    EXPECT_EQ(read.malformed_bytes, c.malformed);
  }
}

TEST(FramePayloads, OriginOfTheLargestLength) {
  std::string payload = "\xff\xff" + std::string(65535, 'o');
  EXPECT_EQ(read_origin_payload(payload).origins.at(0).size(), 65535u);
  payload.pop_back();
  EXPECT_EQ(read_origin_payload(payload).malformed_bytes, 65536u);
}

TEST(FramePayloads, AltSvc) {
  struct Case {
    std::string_view payload;
    bool readable;
    std::string_view origin;
    std::string_view value;
  };
  const Case cases[] = {
      {""sv, false, "", ""},      {"\0"sv, false, "", ""},    {"\0\0"sv, true, "", ""},
      {"\0\0v"sv, true, "", "v"}, {"\0\1o"sv, true, "o", ""}, {"\0\1ovw"sv, true, "o", "vw"},
      {"\0\2o"sv, false, "", ""}, {"\1\0o"sv, false, "", ""},
  };
  for (const Case& c : cases) {
    astray::test::ExactBuffer exact(c.payload);
    auto read = read_altsvc_payload(exact.view());
    ASSERT_EQ(read.has_value(), c.readable);
    if (!read) continue;
    EXPECT_EQ(read->origin, c.origin);
    EXPECT_EQ(read->value, c.value);
  }
}

TEST(FramePayloads, SettingsGoAwayRstStream) {
  auto settings = read_settings_payload(astray::test::ExactBuffer("\0\3\0\0\1\0\xab\xcd\xff\xff\xff\xff"sv).view());
  ASSERT_TRUE(settings);
  EXPECT_EQ(*settings, (std::vector<Setting>{{3, 256}, {0xabcd, 0xffffffff}}));
  EXPECT_TRUE(read_settings_payload("")->empty());
  EXPECT_FALSE(read_settings_payload(astray::test::ExactBuffer("\0\3\0\0\1"sv).view()));

  astray::test::ExactBuffer goaway(
      "\x80\0\0\5\0\0\0\x0b"
      "bye"sv);
  auto read = read_goaway_payload(goaway.view());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->last_stream, 5);
  EXPECT_EQ(read->code, ErrorCode::enhance_your_calm);
  EXPECT_EQ(read->debug_data, "bye");
  EXPECT_FALSE(read_goaway_payload(astray::test::ExactBuffer("\0\0\0\0\0\0\0"sv).view()));

  EXPECT_EQ(read_rst_stream_payload(astray::test::ExactBuffer("\0\0\0\7"sv).view()), ErrorCode::refused_stream);
  EXPECT_FALSE(read_rst_stream_payload(astray::test::ExactBuffer("\0\0\7"sv).view()));
  EXPECT_FALSE(read_rst_stream_payload(astray::test::ExactBuffer("\0\0\0\0\7"sv).view()));
}

}  // namespace
}  // namespace astray::frame_payloads_test
