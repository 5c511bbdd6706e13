#include "servers/httpd/words.h"

#include <gtest/gtest.h>

#include "support/exact_buffer.h"

namespace astray::httpd::words_test {
namespace {

struct Row {
  std::string_view line;
  std::vector<std::string_view> words;
};

// The rule of ap_getword_conf; httpd 2.4.71 shows the same words in `-D DUMP_VHOSTS` for aliases.
const Row rows[] = {
    {"", {}},
    {"   \t ", {}},
    {"one", {"one"}},
    {"  one\ttwo  ", {"one", "two"}},
    {R"("in quotes" after)", {"in quotes", "after"}},
    {R"('single "inside"' x)", {"single \"inside\"", "x"}},
    {R"("escaped \" and \\ and \n")", {"escaped \" and \\ and \\n"}},
    {R"(back\\slash \x "" end)", {"back\\slash", "\\x", "", "end"}},
    {R"("never closed)", {"never closed"}},
    {R"("never closed \")", {"never closed \""}},
    {R"("end\)", {"end\\"}},
    {R"("glued"to next)", {"glued", "to", "next"}},
    {R"(mid"quote" x)", {"mid\"quote\"", "x"}},
    {R"(\)", {"\\"}},
};

TEST(Words, AreCutAsHttpdCutsThem) {
  for (const Row& row : rows) {
    SCOPED_TRACE(row.line);
    TextArena arena;
    test::ExactBuffer exact(row.line);
    EXPECT_EQ(words_of(exact.view(), arena), row.words);
  }
}

TEST(Words, TakeLeavesTheRest) {
  TextArena arena;
  std::string_view line = "  first   second third ";
  EXPECT_EQ(take_word(line, arena), "first");
  EXPECT_EQ(line, "second third ");
}

TEST(Words, TrimTakesEveryBlankOfC) {
  EXPECT_EQ(trim(" \t\v\f\r\n x y \r"), "x y");
}

}  // namespace
}  // namespace astray::httpd::words_test
