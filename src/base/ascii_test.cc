#include "base/ascii.h"

#include <gtest/gtest.h>

namespace astray {
namespace {

TEST(Ascii, LowersLettersOnly) { EXPECT_EQ(ascii_lower(std::string_view("A-Z\xC3\x84_09")), "a-z\xC3\x84_09"); }

TEST(Ascii, ComparesWithoutCase) {
  EXPECT_TRUE(ascii_iequals("Example.COM", "eXAMPLE.com"));
  EXPECT_FALSE(ascii_iequals("example.com", "example.co"));
  EXPECT_FALSE(ascii_iequals("a@", "A`"));
  // Apart by the bit that tells the cases of a letter, and no letters.
  EXPECT_FALSE(ascii_iequals("@a", "`a"));
  EXPECT_TRUE(ascii_iequals("", ""));
}

// Each byte beside those that differ from it in one bit, at places of texts of each size that is compared in another way.
TEST(Ascii, ComparesEachByteByItself) {
  for (const size_t size : {1, 3, 4, 7, 8, 9, 16, 17}) {
    for (const size_t at : {size_t{0}, size / 2, size - 1}) {
      std::string left(size, 'q'), right(size, 'Q');
      for (int a = 0; a < 256; ++a) {
        left[at] = static_cast<char>(a);
        for (const int difference : {0, 1, 2, 4, 8, 16, 32, 64, 128}) {
          right[at] = static_cast<char>(a ^ difference);
          ASSERT_EQ(ascii_iequals_sized(left, right), ascii_lower(left[at]) == ascii_lower(right[at]))
              << size << " " << at << " " << a << " " << difference;
        }
      }
    }
  }
}

TEST(Ascii, FindsPrefixWithoutCase) {
  EXPECT_TRUE(ascii_istarts_with("HTTPS://x", "https://"));
  EXPECT_FALSE(ascii_istarts_with("http", "https"));
}

TEST(Ascii, TrimsBlanks) {
  EXPECT_EQ(ascii_trim(" \ta b\r\n"), "a b");
  EXPECT_EQ(ascii_trim(" \n"), "");
}

TEST(Ascii, LowerWhateverTheSize) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  for (size_t size = 0; size < 40; ++size) {
    for (size_t begin = 0; begin + size <= all.size(); ++begin) {
      const std::string_view text = std::string_view(all).substr(begin, size);
      std::string expected(text);
      for (char& c : expected) c = ascii_lower(c);
      ASSERT_EQ(ascii_lower(text), expected);
    }
  }
}

}  // namespace
}  // namespace astray
