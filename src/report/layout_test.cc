#include "report/layout.h"

#include <gtest/gtest.h>

#include "base/utf8.h"

namespace astray {
namespace {

TEST(Wrap, BreaksAtBlanks) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(wrap("", 30), Lines({""}));
  EXPECT_EQ(wrap("one two", 30), Lines({"one two"}));
  EXPECT_EQ(wrap("aaaaaaaaaa bbbbbbbbbb cccccccccc", 24), Lines({"aaaaaaaaaa bbbbbbbbbb", "cccccccccc"}));
  EXPECT_EQ(wrap("two\nlines", 30), Lines({"two", "lines"}));
  EXPECT_EQ(wrap("a  b", 30), Lines({"a b"}));
  const std::string longest(50, 'x');
  EXPECT_EQ(wrap("a " + longest + " b", 24), Lines({"a", longest, "b"}));
  // Twelve wide characters fill 24 columns.
  const std::string wide = "\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5";
  EXPECT_EQ(wrap(wide + " " + wide, 24), Lines({wide, wide}));
}

TEST(Paragraph, Indents) {
  EXPECT_EQ(paragraph("aaaaaaaaaa bbbbbbbbbb cccccccccc", 26, 2), "  aaaaaaaaaa bbbbbbbbbb\n  cccccccccc\n");
}

TEST(Table, AlignsByColumnsAndWrapsTheLast) {
  Table table({"id", "text"});
  table.add({{"\xe6\x97\xa5\xe6\x9c\xac", Role::strong}, {"short"}});
  table.add({{"a"}, {"words that do not fit beside each other here"}});
  EXPECT_EQ(table.text(36, 1, Palette()),
            " id    text\n"
            " \xe6\x97\xa5\xe6\x9c\xac  short\n"
            " a     words that do not fit beside\n"
            "       each other here\n");
}

TEST(Table, ColoursDoNotCountAsColumns) {
  Table table({"id", "text"});
  table.add({{"a", Role::error}, {"b", Role::good}});
  EXPECT_EQ(table.text(40, 0, Palette(Palette::Kind::ansi)),
            "\x1b[2mid\x1b[0m  \x1b[2mtext\x1b[0m\n\x1b[1;31ma\x1b[0m   \x1b[1;32mb\x1b[0m\n");
}

TEST(Count, KnowsOne) {
  EXPECT_EQ(count(0, "name"), "0 names");
  EXPECT_EQ(count(1, "name"), "1 name");
  EXPECT_EQ(count(2, "name"), "2 names");
}

}  // namespace
}  // namespace astray
