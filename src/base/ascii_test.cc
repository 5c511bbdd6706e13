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

TEST(Ascii, FindsPrefixWithoutCase) {
  EXPECT_TRUE(ascii_istarts_with("HTTPS://x", "https://"));
  EXPECT_FALSE(ascii_istarts_with("http", "https"));
}

TEST(Ascii, TrimsBlanks) {
  EXPECT_EQ(ascii_trim(" \ta b\r\n"), "a b");
  EXPECT_EQ(ascii_trim(" \n"), "");
}

}  // namespace
}  // namespace astray
