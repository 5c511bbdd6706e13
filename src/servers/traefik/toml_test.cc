#include "servers/traefik/toml.h"

#include <gtest/gtest.h>

namespace astray::traefik {
namespace {

std::string as_utf8(char32_t c) {
  if (c < 0x800) return {static_cast<char>(0xc0 | c >> 6), static_cast<char>(0x80 | (c & 0x3f))};
  return {static_cast<char>(0xe0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3f)), static_cast<char>(0x80 | (c & 0x3f))};
}

/// Every letter outside ASCII where a blank, a key or a value may stand: refused, never undefined behaviour (toml++ 3.3.0
/// held some of them to be out of reach).
TEST(TraefikToml, RefusesCharactersOutsideAsciiOutsideStrings) {
  // All of the white space and what is near it; every seventh of the rest.
  for (char32_t c = 0x80; c <= 0xffff; c += c < 0x3100 ? 1 : 7) {
    if (c >= 0xd800 && c <= 0xdfff) continue;
    const std::string letter = as_utf8(c);
    EXPECT_FALSE(read_toml("a = " + letter + "1\n", SourceFileId{0}).has_value()) << std::hex << static_cast<uint32_t>(c);
    EXPECT_FALSE(read_toml("a = 1 " + letter + "\n", SourceFileId{0}).has_value()) << std::hex << static_cast<uint32_t>(c);
  }
}

TEST(TraefikToml, KeepsThemInStrings) {
  const auto root = read_toml("a = \"caf\xc3\xa9\" # \xc3\xa9\nb = \"\"\"x\\\n  \xc3\xa9\"\"\"\n", SourceFileId{0});
  ASSERT_TRUE(root.has_value()) << root.error().message;
  ASSERT_EQ(root->members.size(), 2U);
  EXPECT_EQ(root->members[0].value.text, "caf\xc3\xa9");
  EXPECT_EQ(root->members[1].value.text, "x\xc3\xa9");
}

}  // namespace
}  // namespace astray::traefik
