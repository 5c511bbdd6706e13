#include "servers/httpd/line_reader.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/exact_buffer.h"

namespace astray::httpd::line_reader_test {
namespace {

using std::string_view_literals::operator""sv;

std::string read_all(std::string_view text) {
  TextArena arena;
  test::ExactBuffer exact(text);
  LineReader reader(exact.view(), SourceFileId{0}, arena);
  std::string all;
  while (auto line = reader.next())
    all += fmt::format("{}:{}[{}]", line->span.line, line->span.column, line->text);
  if (reader.nul()) all += fmt::format(" nul {}:{}", reader.nul()->line, reader.nul()->column);
  return all;
}

struct Row {
  std::string_view text;
  std::string_view lines;
};

const Row rows[] = {
    {"", ""},
    {"a", "1:1[a]"},
    {"a\n", "1:1[a]"},
    {"  a b \t\n\n\tc", "1:3[a b]2:1[]3:2[c]"},
    {"a\r\nb\r\n", "1:1[a]2:1[b]"},
    {"a\\\nb\n", "1:1[ab]"},
    {"a \\\r\n  b\n", "1:1[a   b]"},
    {"a\\\\\nb\n", "1:1[a\\b]"},  // any backslash before the line end joins, even a doubled one
    {"a\\ \nb\n", "1:1[a\\]2:1[b]"},
    {"# comment \\\nhidden\nc", "1:1[# comment hidden]3:1[c]"},
    {"a\\", "1:1[a\\]"},  // no line feed, no continuation
    {"a\\\n", "1:1[a]"},
    {"\\\n  b", "2:3[b]"},  // the span is where the text begins
    {"\\\n\\\n\n", "1:1[]"},
    {"a\0hidden\nb"sv, "1:1[a]2:1[b] nul 1:2"},
    {"a\0\\\nb"sv, "1:1[a]2:1[b] nul 1:2"},
    {"x\\\ny\0z\n"sv, "1:1[xy] nul 2:2"},
};

TEST(LineReader, JoinsAndTrimsAsHttpdDoes) {
  for (const Row& row : rows) {
    SCOPED_TRACE(row.lines);
    EXPECT_EQ(read_all(row.text), row.lines);
  }
}

TEST(LineReader, SkipsWhatIsTooLong) {
  TextArena arena;
  std::string text = "a\n" + std::string(LineReader::max_line + 1, 'x') + "\nb\n";
  LineReader reader(text, SourceFileId{0}, arena);
  EXPECT_EQ(reader.next()->text, "a");
  EXPECT_EQ(reader.next()->text, "b");
  ASSERT_TRUE(reader.too_long().has_value());
  EXPECT_EQ(reader.too_long()->line, 2U);
}

}  // namespace
}  // namespace astray::httpd::line_reader_test
