#include "tls/base64.h"

#include <gtest/gtest.h>

#include "support/exact_buffer.h"

namespace astray::base64_test {
namespace {

using namespace std::string_literals;

std::optional<std::string> decode(std::string_view text) {
  return decode_base64(test::ExactBuffer(text).view());
}

TEST(Base64, DecodesTheExamplesOfRfc4648) {
  EXPECT_EQ(decode("Zg=="), "f");
  EXPECT_EQ(decode("Zm8="), "fo");
  EXPECT_EQ(decode("Zm9v"), "foo");
  EXPECT_EQ(decode("Zm9vYg=="), "foob");
  EXPECT_EQ(decode("Zm9vYmE="), "fooba");
  EXPECT_EQ(decode("Zm9vYmFy"), "foobar");
}

TEST(Base64, DecodesEveryDigit) {
  EXPECT_EQ(decode("+/+/"), "\xFB\xFF\xBF"s);
  EXPECT_EQ(decode("AAAA"), "\0\0\0"s);
  EXPECT_EQ(decode("////"), "\xFF\xFF\xFF"s);
}

TEST(Base64, PassesOverBlanksAndLineEnds) {
  EXPECT_EQ(decode(" Zm\r\n9v\tYg=\n=\n"), "foob");
}

TEST(Base64, RefusesWhatIsNoBase64) {
  for (std::string_view text : {"", "\n", "Z", "Zg", "Zg=", "Zm8", "Zm9v=", "Zm9vY",
                                "Zg===", "====", "Zg==Zg==", "Zm9-", "Zm9_", "Zm9,",
                                "Zm\x80"
                                "9"}) {
    EXPECT_EQ(decode(text), std::nullopt) << text;
  }
  EXPECT_EQ(decode("Zm9\0"s), std::nullopt);
}

TEST(Base64, EncodesWhatItDecodes) {
  EXPECT_EQ(encode_base64(""), "");
  for (std::string_view text :
       {"Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy", "+/+/", "AAAA", "/w=="})
    EXPECT_EQ(encode_base64(test::ExactBuffer(*decode(text)).view()), text);
}

}  // namespace
}  // namespace astray::base64_test
