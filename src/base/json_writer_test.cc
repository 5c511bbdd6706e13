#include "base/json_writer.h"

#include <gtest/gtest.h>

#include "base/utf8.h"
#include "support/exact_buffer.h"

namespace astray {
namespace {

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, test::ExactBuffer(text).view());
  return out;
}

struct EscapeCase {
  std::string_view text, expected;
};

TEST(JsonString, EscapesWhatRfc8259DemandsAndNothingElse) {
  const EscapeCase cases[] = {
      {"", R"("")"},
      {"plain /text\xc3\xa9", "\"plain /text\xc3\xa9\""},
      {"a\"b\\c", R"("a\"b\\c")"},
      {"\b\f\n\r\t", R"("\b\f\n\r\t")"},
      {std::string_view("\0\x01\x1f\x7f", 4), "\"\\u0000\\u0001\\u001f\\u007f\""},
      {"\xe2\x80\xa8\xe2\x80\xa9", "\"\\u2028\\u2029\""},
      {"\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\""},
  };
  for (const EscapeCase& c : cases) EXPECT_EQ(quoted(c.text), c.expected);
}

#define BAD "\xEF\xBF\xBD"

// The last four rows are the examples of Unicode 15 §3.9, tables 3-8 to 3-11.
TEST(JsonString, ReplacesEachMaximalIllFormedSubpart) {
  const EscapeCase cases[] = {
      {"\xff", "\"" BAD "\""},
      {"a\x80z", "\"a" BAD "z\""},
      {"\xc3", "\"" BAD "\""},
      {"\xe2\x82", "\"" BAD "\""},
      {"\xf0\x9f\x98", "\"" BAD "\""},
      {"\xe2\x82\"", "\"" BAD "\\\"\""},
      {"\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41", "\"" BAD BAD BAD BAD BAD BAD BAD BAD "A\""},
      {"\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41", "\"" BAD BAD BAD BAD BAD BAD BAD BAD "A\""},
      {"\xf4\x91\x92\x93\xff\x41\x80\xbf\x42", "\"" BAD BAD BAD BAD BAD "A" BAD BAD "B\""},
      {"\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41", "\"" BAD BAD BAD BAD "A\""},
  };
  for (const EscapeCase& c : cases) EXPECT_EQ(quoted(c.text), c.expected);
}

TEST(JsonString, EveryPairOfBytesGivesWellFormedText) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const char bytes[] = {static_cast<char>(first), static_cast<char>(second)};
      const std::string text = quoted({bytes, 2});
      for (size_t i = 0; i < text.size();) {
        const Utf8Character character = utf8_at(text, i);
        ASSERT_TRUE(character.well_formed) << first << ' ' << second;
        ASSERT_GE(character.code_point, 0x20u) << first << ' ' << second;
        i += character.size;
      }
    }
  }
}

TEST(JsonNumber, PrintsTheEdges) {
  std::string out;
  append_json_number(out, INT64_MIN);
  out += ' ';
  append_json_number(out, INT64_MAX);
  EXPECT_EQ(out, "-9223372036854775808 9223372036854775807");
}

void write_sample(JsonWriter& json) {
  json.begin_object().member("name", "a").key("empty").begin_array().end_array();
  json.key("list").begin_array().number(1).null().boolean(true).begin_object().end_object().end_array();
  json.member_if_any("absent", "").key("raw").raw("[]").end_object();
}

TEST(JsonWriter, PlacesCommas) {
  std::string out;
  JsonWriter json(out);
  write_sample(json);
  EXPECT_TRUE(json.complete());
  EXPECT_EQ(out, R"({"name":"a","empty":[],"list":[1,null,true,{}],"raw":[]})");
}

TEST(JsonWriter, IndentsWhatIsNotEmpty) {
  std::string out;
  JsonWriter json(out, JsonWriter::Layout::indented);
  write_sample(json);
  EXPECT_EQ(out, R"({
  "name": "a",
  "empty": [],
  "list": [
    1,
    null,
    true,
    {}
  ],
  "raw": []
})");
}

TEST(JsonWriterDeathTest, StopsOnBadNesting) {
  std::string out;
  EXPECT_DEATH(JsonWriter(out).begin_object().end_array(), "does not hold");
  EXPECT_DEATH(JsonWriter(out).begin_object().string("no key"), "does not hold");
}

}  // namespace
}  // namespace astray
