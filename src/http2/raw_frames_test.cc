#include "http2/raw_frames.h"

#include <gtest/gtest.h>

#include "http2/hpack/library_decoder_test.h"
#include "http2/hpack_literal.h"

namespace astray::raw_frames_test {
namespace {

using namespace http2;
using std::string_view_literals::operator""sv;

/// What nghttp2's decoder makes of a block, or nothing if it refuses it.
std::optional<Fields> inflated(std::string_view block) {
  Fields fields;
  if (hpack::test::LibraryDecoder().decode(block, fields) != HpackDecoder::Outcome::complete) return std::nullopt;
  return fields;
}

TEST(RawFrames, WritesTheBytesOfTheSpecification) {
  EXPECT_EQ(RawFrames().preface().bytes(), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  EXPECT_EQ(RawFrames().settings({{3, 100}}).bytes(), "\0\0\6\4\0\0\0\0\0\0\3\0\0\0\x64"sv);
  EXPECT_EQ(RawFrames().settings_ack().bytes(), "\0\0\0\4\1\0\0\0\0"sv);
  EXPECT_EQ(RawFrames().headers(1, {{"a", "b"}}).bytes(), "\0\0\5\1\4\0\0\0\1\0\1a\1b"sv);
  EXPECT_EQ(RawFrames().continuation(1, {}, 0).bytes(), "\0\0\0\x9\0\0\0\0\1"sv);
  EXPECT_EQ(RawFrames().push_promise(1, 2, {}).bytes(), "\0\0\4\5\4\0\0\0\1\0\0\0\2"sv);
  EXPECT_EQ(RawFrames().data(3, "x", end_stream).bytes(), "\0\0\1\0\1\0\0\0\3x"sv);
  EXPECT_EQ(RawFrames().rst_stream(3, ErrorCode::cancel).bytes(), "\0\0\4\3\0\0\0\0\3\0\0\0\x8"sv);
  EXPECT_EQ(RawFrames().ping("abc").bytes(), "\0\0\3\6\0\0\0\0\0abc"sv);
  EXPECT_EQ(RawFrames().window_update(0, 0x12345678).bytes(), "\0\0\4\x8\0\0\0\0\0\x12\x34\x56\x78"sv);
  EXPECT_EQ(RawFrames().goaway(5, ErrorCode::protocol_error, "d").bytes(),
            "\0\0\x9\7\0\0\0\0\0\0\0\0\5\0\0\0\1"
            "d"sv);
  EXPECT_EQ(RawFrames().origin({"o", ""}).bytes(), "\0\0\5\xc\0\0\0\0\0\0\1o\0\0"sv);
  EXPECT_EQ(RawFrames().altsvc(1, "o", "v").bytes(), "\0\0\4\xa\0\0\0\0\1\0\1ov"sv);
  EXPECT_EQ(RawFrames().frame_header(0xffffff, FrameType::data, 0xff, -1, ReservedBit::set).bytes(),
            "\xff\xff\xff\0\xff\xff\xff\xff\xff"sv);
}

TEST(HpackLiteral, IsReadByNghttp2AsGiven) {
  std::string any;
  for (int byte = 0; byte < 256; ++byte) any += static_cast<char>(byte);
  for (size_t length : {0, 1, 126, 127, 128, 254, 255, 16383, 16384, 60000}) {
    Fields fields = {{":authority", std::string(length, 'v')}, {std::string(length, 'N'), any}, {any, ""}};
    EXPECT_EQ(inflated(literal_block(fields)), fields) << length;
  }
}

TEST(HpackLiteral, UsesTheDynamicTable) {
  std::string block =
      indexed_literal({"x", "y"}) + indexed_literal({"z", ""}) + indexed_field(62) + indexed_field(63);
  EXPECT_EQ(inflated(block), (Fields{{"x", "y"}, {"z", ""}, {"z", ""}, {"x", "y"}}));
  EXPECT_EQ(indexed_field(2), "\x82");
  EXPECT_EQ(inflated(indexed_field(300)), std::nullopt);
}

}  // namespace
}  // namespace astray::raw_frames_test
