#include "http2/hpack/integer.h"

#include <gtest/gtest.h>

#include <optional>

#include "http2/hpack/test_bytes.h"

namespace astray::http2::hpack::integer_test {
namespace {

using test::from_hex;
using test::to_hex;

std::string written(uint8_t first, int prefix_bits, size_t number) {
  char bytes[longest_integer];
  return to_hex({bytes, static_cast<size_t>(put_integer(bytes, first, prefix_bits, number) - bytes)});
}

/// Nothing unless all bytes are read.
std::optional<uint32_t> read(std::string_view hex, int prefix_bits) {
  const std::string bytes = from_hex(hex);
  const astray::test::ExactBuffer exact(bytes);
  const auto* at = reinterpret_cast<const uint8_t*>(exact.view().data());
  const uint8_t* const end = at + bytes.size();
  uint32_t number = 0;
  if (!read_integer(at, end, prefix_bits, number) || at != end) return std::nullopt;
  return number;
}

TEST(HpackInteger, IsThatOfTheExamples) {  // RFC 7541 appendix C.1
  EXPECT_EQ(written(0, 5, 10), "0a");
  EXPECT_EQ(written(0xe0, 5, 1337), "ff9a0a");
  EXPECT_EQ(written(0, 8, 42), "2a");
  EXPECT_EQ(read("ea", 5), 10u);
  EXPECT_EQ(read("1f 9a0a", 5), 1337u);
  EXPECT_EQ(read("2a", 8), 42u);
}

TEST(HpackInteger, WrittenAndReadIsTheSame) {
  for (int prefix_bits = 4; prefix_bits <= 8; ++prefix_bits) {
    for (int shift = 0; shift < 32; ++shift) {
      for (const uint32_t number : {(1U << shift) - 1, 1U << shift, (1U << shift) + 1, UINT32_MAX >> shift,
                                    UINT32_MAX - (1U << shift)})
        EXPECT_EQ(read(written(0, prefix_bits, number), prefix_bits), number);
    }
  }
}

TEST(HpackInteger, EndsWithinItsBytes) {
  EXPECT_EQ(read("1f", 5), std::nullopt);
  EXPECT_EQ(read("1f 80", 5), std::nullopt);
  EXPECT_EQ(read("1f 80808080", 5), std::nullopt);
}

TEST(HpackInteger, HasNoMoreThan32Bits) {
  EXPECT_EQ(read("0f f0ffffff0f", 4), UINT32_MAX);
  EXPECT_EQ(read("0f f1ffffff0f", 4), std::nullopt);
  EXPECT_EQ(read("0f ffffffff0f", 4), std::nullopt);
  EXPECT_EQ(read("0f ffffffff7f", 4), std::nullopt);
}

TEST(HpackInteger, MayHaveZerosThatMeanNothingUpToItsLongest) {
  EXPECT_EQ(read("1f 00", 5), 31u);
  EXPECT_EQ(read("1f 8080808000", 5), 31u);
  EXPECT_EQ(read("1f 808080808000", 5), std::nullopt);
}

}  // namespace
}  // namespace astray::http2::hpack::integer_test
