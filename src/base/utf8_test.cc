#include "base/utf8.h"

#include <gtest/gtest.h>

namespace astray {
namespace {

TEST(Utf8, ReadsEachLengthAtItsEdges) {
  struct Case {
    std::string_view text;
    uint32_t code_point;
  };
  const Case cases[] = {{"\x7f", 0x7f},
                        {"\xc2\x80", 0x80},
                        {"\xdf\xbf", 0x7ff},
                        {"\xe0\xa0\x80", 0x800},
                        {"\xed\x9f\xbf", 0xd7ff},
                        {"\xee\x80\x80", 0xe000},
                        {"\xef\xbf\xbf", 0xffff},
                        {"\xf0\x90\x80\x80", 0x10000},
                        {"\xf4\x8f\xbf\xbf", 0x10ffff}};
  for (const Case& c : cases) {
    const Utf8Character character = utf8_at(c.text, 0);
    EXPECT_TRUE(character.well_formed);
    EXPECT_EQ(character.code_point, c.code_point);
    EXPECT_EQ(character.size, c.text.size());
  }
}

TEST(Columns, CountsWhatATerminalShows) {
  EXPECT_EQ(columns_of("abc"), 3);
  EXPECT_EQ(columns_of("e\xcc\x81"), 1);                  // e + combining acute
  EXPECT_EQ(columns_of("\xe6\x97\xa5\xe6\x9c\xac"), 4);   // 日本
  EXPECT_EQ(columns_of("\xf0\x9f\x98\x80"), 2);           // emoji
  EXPECT_EQ(columns_of("\xe2\x80\x8b"), 0);               // zero width space
  EXPECT_EQ(columns_of("\xe2\x80\xa6 \xe2\x89\xa0"), 3);  // … ≠
}

TEST(Columns, KnowsWhatReordersText) {
  for (const uint32_t c : {0x202au, 0x202eu, 0x2066u, 0x2069u, 0x200eu, 0x200fu, 0x061cu}) {
    EXPECT_TRUE(reorders_text(c));
  }
  for (const uint32_t c : {0x2029u, 0x202fu, 0x2065u, 0x206au, 0x41u}) EXPECT_FALSE(reorders_text(c));
}

}  // namespace
}  // namespace astray
