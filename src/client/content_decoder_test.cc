#include "client/content_decoder.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/exact_buffer.h"

namespace astray::client {
namespace {

using namespace std::string_literals;

constexpr int gzip = 15 + 16, zlib = 15, raw = -15;  // zlib's windowBits

std::string deflated(std::string_view text, int window_bits) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 32, '\0');
  std::string in(text);
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string zstd(std::string_view text, int window_log = 0) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  if (window_log != 0) {
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  }
  std::string out(ZSTD_compressBound(text.size()), '\0');
  ZSTD_outBuffer room{out.data(), out.size(), 0};
  ZSTD_inBuffer in{text.data(), text.size(), 0};
  // The size is not told before, so that the window is as large as asked.
  EXPECT_EQ(ZSTD_isError(ZSTD_compressStream2(context, &room, &in, ZSTD_e_continue)), 0u);
  EXPECT_EQ(ZSTD_compressStream2(context, &room, &in, ZSTD_e_end), 0u);
  ZSTD_freeCCtx(context);
  out.resize(room.pos);
  return out;
}

// By the library's encoder, which is linked with nothing here.
const std::string brotli_text = "Hello, hello, hello, world of brotli!";
const std::string brotli =
    "\x1b\x24\x00\xf8\x1d\xa9\x53\x9f\xba\x59\x0d\x82\x54\x86\x26\xd9\xd2\xde\x2a\x84\xa5\x07\x31\x44\x93\x7c"
    "\x64"
    "\x02\x00\xbd\xb4\xc6\x19\xe1\xfb\x45\x13"s;
const std::string brotli_of_nothing = "\x06";
const std::string brotli_of_a_mebibyte_of_nul = "\x5b\xff\xff\x8f\x7f\x02\x20\x1e\x0b\x04\x72\xef\x1f\x00"s;

class Text final : public ContentSink {
 public:
  Result<void> write(std::string_view bytes) override {
    EXPECT_FALSE(bytes.empty());
    longest_ = std::max(longest_, bytes.size());
    text_ += bytes;
    return {};
  }
  const std::string& text() const { return text_; }
  size_t longest() const { return longest_; }

 private:
  std::string text_;
  size_t longest_ = 0;
};

struct Decoded {
  std::string text;
  std::string error;
  bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view codings, std::string_view content, size_t piece, DecodingLimits limits = {}) {
  auto decoder = ContentDecoder::create(codings, limits);
  if (!decoder) return {.text = "", .error = decoder.error().message};
  Text out;
  while (!content.empty()) {
    const test::ExactBuffer input(content.substr(0, piece));
    content.remove_prefix(input.view().size());
    if (auto decoded = decoder->decode(input.view(), out); !decoded)
      return {out.text(), decoded.error().message};
  }
  if (auto finished = decoder->finish(); !finished) return {out.text(), finished.error().message};
  return {.text = out.text(), .error = ""};
}

/// Whole, byte by byte and in odd pieces: what comes of it is the same.
Decoded decode(std::string_view codings, const std::string& content) {
  const Decoded whole = decode(codings, content, std::string::npos);
  for (size_t piece : {1, 7, 1000}) EXPECT_EQ(decode(codings, content, piece), whole) << codings << piece;
  return whole;
}

std::string long_text() {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += "line " + std::to_string(i * 7919 % 10007) + '\n';
  return text;
}

TEST(ContentDecoder, UndoesEachCoding) {
  const std::string text = long_text();
  struct Case {
    std::string_view codings;
    std::string content, text;
  };
  const Case cases[] = {
      {"", text, text},
      {"identity", text, text},
      {" , Identity ,", text, text},
      {"gzip", deflated(text, gzip), text},
      {"GZip", deflated(text, gzip), text},
      {"x-gzip", deflated("x", gzip), "x"},
      {"gzip", deflated("", gzip), ""},
      {"deflate", deflated(text, zlib), text},
      {"deflate", deflated(text, raw), text},
      {"deflate", deflated("", zlib), ""},
      {"deflate", deflated("", raw), ""},
      {"deflate", "\x01\x01\x00\xfe\xffx"s, "x"},  // a stored block, without a wrapping
      {"br", brotli, brotli_text},
      {"br", brotli_of_nothing, ""},
      {"br", brotli_of_a_mebibyte_of_nul, std::string(1 << 20, '\0')},
      {"zstd", zstd(text), text},
      {"zstd", zstd(""), ""},
      {"zstd", zstd(text, 23), text},
      // lists: the last was applied last
      {"deflate, gzip", deflated(deflated(text, zlib), gzip), text},
      {"br, gzip", deflated(brotli, gzip), brotli_text},
      {"identity, gzip,,zstd", zstd(deflated(text, gzip)), text},
      {"gzip, gzip, gzip, gzip", deflated(deflated(deflated(deflated(text, gzip), gzip), gzip), gzip), text},
      // several members or frames are one content
      {"gzip", deflated("a", gzip) + deflated("", gzip) + deflated(text, gzip), "a" + text},
      {"zstd", zstd("a") + "\x50\x2a\x4d\x18\x02\0\0\0xx"s + zstd(text), "a" + text},
      // no content at all
      {"gzip", "", ""},
      {"deflate", "", ""},
      {"br", "", ""},
      {"zstd", "", ""},
      {"gzip, br", "", ""},
      {"br, gzip", deflated("", gzip), ""},
  };
  for (const Case& c : cases) {
    const Decoded decoded = decode(c.codings, c.content);
    EXPECT_EQ(decoded.error, "") << c.codings;
    EXPECT_TRUE(decoded.text == c.text) << c.codings << ' ' << decoded.text.size();
  }
}

TEST(ContentDecoder, WantsThemComplete) {
  const struct {
    std::string_view codings;
    std::string content;
    std::string_view named;
  } cases[] = {{"gzip", deflated("some text", gzip), "gzip"},
               {"deflate", deflated("some text", zlib), "deflate"},
               {"deflate", deflated("some text", raw), "deflate"},
               {"br", brotli, "br"},
               {"zstd", zstd("some text"), "zstd"}};
  for (const auto& c : cases) {
    for (size_t size = 1; size < c.content.size(); ++size) {
      EXPECT_EQ(decode(c.codings, c.content.substr(0, size)).error,
                "the content ended before its " + std::string(c.named) + " data was complete")
          << c.codings << size;
    }
  }
  const std::string member = deflated("x", gzip);
  EXPECT_EQ(decode("gzip", member + member.substr(0, 1)).error,
            "the content ended before its gzip data was complete");
  EXPECT_EQ(decode("deflate, gzip", deflated(deflated("x", zlib).substr(0, 3), gzip)).error,
            "the content ended before its deflate data was complete");
}

TEST(ContentDecoder, WantsNothingBehindThem) {
  for (const std::string& garbage : {"\0"s, "garbage"s, "\x1fgarbage"s}) {
    for (const auto& [codings, content] :
         std::vector<std::pair<std::string_view, std::string>>{{"gzip", deflated("x", gzip)},
                                                               {"deflate", deflated("x", zlib)},
                                                               {"deflate", deflated("x", raw)},
                                                               {"br", brotli},
                                                               {"zstd", zstd("x")}}) {
      EXPECT_NE(decode(codings, content, std::string::npos).text, "");
      EXPECT_NE(decode(codings, content + garbage).error, "") << codings << garbage;
    }
  }
  EXPECT_EQ(decode("gzip", deflated("x", gzip) + "garbage").error,
            "the content goes on behind the end of its gzip data");
  EXPECT_EQ(decode("deflate", deflated("x", zlib) + "y").error,
            "the content goes on behind the end of its deflate data");
  EXPECT_EQ(decode("br", brotli + "y").error, "the content goes on behind the end of its br data");
  EXPECT_EQ(decode("zstd", zstd("x") + "garbage").error,
            "the content goes on behind the end of its zstd data");
}

TEST(ContentDecoder, RefusesBrokenData) {
  std::string bad_checksum = deflated("some text", gzip);
  bad_checksum[bad_checksum.size() - 8] ^= 1;
  const std::string preset = "\x78\xbb\0\0\0\1\0"s;  // RFC 1950 §2.2: FDICT
  const struct {
    std::string_view codings;
    std::string content, what;
  } cases[] = {
      {"gzip", "<html>plain text", "gzip data: incorrect header check"},
      {"gzip", deflated("x", zlib), "gzip data: incorrect header check"},
      {"gzip", bad_checksum, "gzip data: incorrect data check"},
      {"deflate", "<html>plain text", "deflate data: invalid"},
      {"deflate", preset, "deflate data: it needs a preset dictionary"},
      {"br", "\xff\xff\xff\xff\xff"s, "br data: "},
      {"zstd", "<html>plain text", "zstd data: Unknown frame descriptor"},
      {"zstd", zstd(long_text(), 24), "zstd data: its window is larger than the 8 MiB that RFC 9659 allows"},
  };
  for (const auto& c : cases) {
    const std::string error = decode(c.codings, c.content, std::string::npos).error;
    EXPECT_TRUE(error.starts_with("the content is no valid " + c.what)) << error;
    EXPECT_NE(decode(c.codings, c.content, 1).error, "") << c.codings;
  }
}

TEST(ContentDecoder, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(decode("compress", "").error,
            "the content coding \"compress\" is not known; known are gzip, deflate, br, zstd");
  EXPECT_EQ(decode("gzip, x\"\ny", "").error,
            "the content coding \"x\"?y\" is not known; known are gzip, deflate, br, zstd");
  EXPECT_EQ(decode("gzip;q=1", "").error,
            "the content coding \"gzip;q=1\" is not known; known are gzip, deflate, br, zstd");
  EXPECT_EQ(decode("br,br,br,br,br", "").error, "more than 4 content codings lie one over the other");
  EXPECT_TRUE(ContentDecoder::create("identity")->is_identity());
  EXPECT_FALSE(ContentDecoder::create("identity, br")->is_identity());
}

TEST(ContentDecoder, StopsAtItsLimits) {
  const std::string text(1000, 'x');
  const std::string content = deflated(text, gzip);
  const size_t all = std::string::npos;
  EXPECT_EQ(decode("gzip", content, all, {.bytes = 1000}).error, "");
  const Decoded over = decode("gzip", content, all, {.bytes = 999});
  EXPECT_EQ(over.text, "");
  EXPECT_EQ(over.error, "the decoded content is larger than the limit of 999 bytes (" +
                            std::to_string(content.size()) + " bytes came in)");
  EXPECT_EQ(decode("", text, all, {.bytes = 1}).error, "");  // nothing is decoded

  const std::string bomb = brotli_of_a_mebibyte_of_nul;
  EXPECT_EQ(decode("br", bomb, all, {.ratio = 1 << 20, .ratio_counts_from = 0}).error, "");
  EXPECT_EQ(decode("br", bomb, all, {.ratio = 1000, .ratio_counts_from = 2 << 20}).error, "");
  for (size_t piece : {all, size_t{1}}) {
    const Decoded decoded = decode("br", bomb, piece, {.ratio = 1000, .ratio_counts_from = 1 << 16});
    EXPECT_LE(decoded.text.size(), size_t{1} << 16);
    EXPECT_TRUE(decoded.error.ends_with("more than 1000 for each looks like an attack")) << decoded.error;
  }
  // What is between two codings counts as well: here nothing would come out at all.
  const std::string empties = [] {
    std::string members;
    while (members.size() < (1 << 20)) members += deflated("", gzip);
    return members;
  }();
  const std::string hidden = deflated(empties, gzip);
  EXPECT_EQ(decode("gzip, gzip", hidden, all).error, "");
  EXPECT_NE(decode("gzip, gzip", hidden, all, {.ratio = 50, .ratio_counts_from = 0}).error, "");
}

TEST(ContentDecoder, HandsOutSmallPieces) {
  auto decoder = ContentDecoder::create("gzip");
  Text out;
  ASSERT_TRUE(decoder->decode(deflated(long_text(), gzip), out));
  EXPECT_LE(out.longest(), 16u * 1024);
}

TEST(ContentDecoder, StopsWhenTheSinkDoes) {
  class Full final : public ContentSink {
   public:
    Result<void> write(std::string_view) override {
      ++writes;
      return failure("the disk is full");
    }
    int writes = 0;
  };
  for (const auto& [codings, content] :
       std::vector<std::pair<std::string_view, std::string>>{{"", "x"},
                                                             {"gzip", deflated(long_text(), gzip)},
                                                             {"deflate", deflated(long_text(), raw)},
                                                             {"br", brotli_of_a_mebibyte_of_nul},
                                                             {"zstd, zstd", zstd(zstd(long_text()))}}) {
    auto decoder = ContentDecoder::create(codings);
    Full full;
    const auto decoded = decoder->decode(content, full);
    ASSERT_FALSE(decoded) << codings;
    EXPECT_EQ(decoded.error().message, "the disk is full");
    EXPECT_EQ(full.writes, 1) << codings;
  }
}

}  // namespace
}  // namespace astray::client
