#include "report/printable.h"

#include <gtest/gtest.h>

#include "support/exact_buffer.h"

namespace astray {
namespace {

TEST(Printable, LeavesNothingThatSteersATerminal) {
  struct Case {
    std::string_view text, expected;
  };
  const Case cases[] = {
      {"", ""},
      {"plain \xc3\xa9 \xe6\x97\xa5", "plain \xc3\xa9 \xe6\x97\xa5"},
      {"\x1b[31mred", "\\x1b[31mred"},
      {"\x1b]0;title\x07", "\\x1b]0;title\\x07"},
      {std::string_view("a\0b", 3), "a\\x00b"},
      {"\x7f", "\\x7f"},
      {"\xc2\x9b[31m", "\\x9b[31m"},  // CSI as a C1 control, in UTF-8
      {"\x9b", "\\x9b"},              // and as a bare byte
      {"a\xe2\x80\xae"
       "b",
       "a\\u202eb"},
      {"a\xe2\x81\xa6"
       "b",
       "a\\u2066b"},
      {"a\xe2\x80\xa8"
       "b",
       "a\\u2028b"},
      {"tab\there", "tab here"},
      {"\xf0\x9f\x98", "\\xf0\\x9f\\x98"},
      {"\r", "\\x0d"},
  };
  for (const Case& c : cases) EXPECT_EQ(printable(test::ExactBuffer(c.text).view()), c.expected);
  EXPECT_EQ(printable("a\nb"), "a\\nb");
  EXPECT_EQ(printable_lines("a\nb\x1b"), "a\nb\\x1b");
}

TEST(Printable, EveryByteAloneIsSafe) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    for (const char out : printable({&c, 1})) {
      EXPECT_GE(static_cast<unsigned char>(out), 0x20) << byte;
      EXPECT_LT(static_cast<unsigned char>(out), 0x7f) << byte;
    }
  }
}

}  // namespace
}  // namespace astray
