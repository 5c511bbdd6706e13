// Against nghttp2, in both directions.
#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include <memory>
#include <random>

#include "http2/hpack/library_decoder_test.h"
#include "http2/hpack/test_bytes.h"

namespace astray::http2::hpack::library_test {
namespace {

using test::decode;
using test::Decoded;
using test::encode;
using test::LibraryDecoder;
using test::Outcome;

uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data()));
}

Decoded decoded_by(LibraryDecoder& library, std::string_view block) {
  Decoded decoded{};
  decoded.outcome = library.decode(block, decoded.fields);
  return decoded;
}

class LibraryEncoder {
 public:
  LibraryEncoder() { EXPECT_EQ(nghttp2_hd_deflate_new(&deflater_, 4096), 0); }
  ~LibraryEncoder() { nghttp2_hd_deflate_del(deflater_); }
  LibraryEncoder(const LibraryEncoder&) = delete;
  LibraryEncoder& operator=(const LibraryEncoder&) = delete;

  void limit_table(size_t bytes) { EXPECT_EQ(nghttp2_hd_deflate_change_table_size(deflater_, bytes), 0); }
  std::string encode(const Fields& fields) {
    std::vector<nghttp2_nv> lines;
    for (const Field field : fields)
      lines.push_back({bytes_of(field.name), bytes_of(field.value), field.name.size(), field.value.size(),
                       NGHTTP2_NV_FLAG_NONE});
    std::string block(nghttp2_hd_deflate_bound(deflater_, lines.data(), lines.size()), '\0');
    const ssize_t size =
        nghttp2_hd_deflate_hd(deflater_, bytes_of(block), block.size(), lines.data(), lines.size());
    EXPECT_GE(size, 0);
    block.resize(static_cast<size_t>(size));
    return block;
  }

 private:
  nghttp2_hd_deflater* deflater_ = nullptr;
};

Fields some_fields(std::minstd_rand& random) {
  const char* const names[] = {":method", ":path",        ":authority",    "user-agent", "accept",
                               "cookie",  "x-request-id", "via",           "x-a",        "date",
                               "server",  "X-B",          "authorization", "etag",       "",
                               "vary",    "set-cookie",   ":status",       "location"};
  Fields fields;
  const size_t lines = random() % 40;
  for (size_t i = 0; i < lines; ++i) {
    std::string value;
    for (size_t size = random() % 10 == 0 ? random() % 900 : random() % 30; value.size() < size;)
      value += static_cast<char>(random() % 20 == 0 ? random() : 'a' + random() % 26);
    if (random() % 2 == 0) value = std::to_string(random() % 60);
    fields.emplace_back(names[random() % std::size(names)], value);
  }
  return fields;
}

TEST(HpackAndNghttp2, OurBlocksAreReadByBoth) {
  std::minstd_rand random(1);
  for (int connection = 0; connection < 15; ++connection) {
    HpackEncoder encoder;
    LibraryDecoder library;
    HpackDecoder own;
    for (int i = 0; i < 60; ++i) {
      if (random() % 12 == 0) {
        for (size_t settings = 1 + random() % 3; settings > 0; --settings) {
          const size_t table_bytes = random() % 6000;
          encoder.limit_table(table_bytes);
          library.announce(table_bytes);
        }
      }
      const Fields fields = some_fields(random);
      const std::string block = encode(encoder, fields);
      ASSERT_EQ(decoded_by(library, block), (Decoded{Outcome::complete, fields}));
      ASSERT_EQ(decode(own, block), (Decoded{Outcome::complete, fields}));
    }
  }
}

TEST(HpackAndNghttp2, ItsBlocksAreReadByUs) {
  std::minstd_rand random(2);
  for (const size_t table_bytes : {0U, 100U, 1000U, 4096U}) {
    for (int connection = 0; connection < 4; ++connection) {
      LibraryEncoder library;
      library.limit_table(table_bytes);
      HpackDecoder decoder;
      for (int i = 0; i < 60; ++i) {
        if (random() % 12 == 0) library.limit_table(random() % 4097);
        const Fields fields = some_fields(random);
        ASSERT_EQ(decode(decoder, library.encode(fields)), (Decoded{Outcome::complete, fields}));
      }
    }
  }
}

TEST(HpackAndNghttp2, BlocksWithDefectsAreJudgedAlike) {
  std::minstd_rand random(4);
  int malformed = 0;
  for (int connection = 0; connection < 600; ++connection) {
    HpackEncoder encoder;
    LibraryDecoder library;
    HpackDecoder own;
    for (int i = 0; i < 5; ++i) {
      std::string block = encode(encoder, some_fields(random));
      // Not the first byte: a block with three size updates is what they differ about.
      if (block.size() > 1 && random() % 2 == 0)
        block[1 + random() % (block.size() - 1)] ^= static_cast<char>(1 << random() % 8);
      if (random() % 8 == 0) block.resize(random() % (block.size() + 1));
      const Decoded expected = decoded_by(library, block);
      ASSERT_EQ(decode(own, block), expected);
      if (expected.outcome == Outcome::complete) continue;
      ++malformed;
      break;
    }
  }
  EXPECT_GT(malformed, 200);
}

}  // namespace
}  // namespace astray::http2::hpack::library_test
