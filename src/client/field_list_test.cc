#include "client/field_list.h"

#include <gtest/gtest.h>

#include "support/exact_buffer.h"

namespace astray::client {
namespace {

using namespace std::string_literals;

using Lines = std::vector<std::pair<std::string, std::string>>;

FieldList list_of(const Lines& lines) {
  FieldList list;
  for (const auto& [name, value] : lines)
    list.add(test::ExactBuffer(name).view(), test::ExactBuffer(value).view());
  return list;
}

Lines lines_of(const FieldList& list) {
  Lines lines;
  for (const auto& field : list) lines.emplace_back(field.name, field.value);
  return lines;
}

TEST(FieldList, KeepsOrderAndSpelling) {
  const Lines lines = {
      {"Date", "now"}, {"set-cookie", "a=1"}, {"SET-COOKIE", ""}, {"", "odd"}, {"X", "\0\xff"s}};
  const FieldList list = list_of(lines);
  EXPECT_EQ(lines_of(list), lines);
  EXPECT_EQ(list.size(), 5u);
  EXPECT_EQ(list[1], (Field{"set-cookie", "a=1"}));
  EXPECT_EQ(std::distance(list.begin(), list.end()), 5);
  EXPECT_TRUE(FieldList().empty());
}

TEST(FieldList, FindsWhateverTheLetterCase) {
  const FieldList list =
      list_of({{"Vary", "a"}, {"Connection", "TE , close"}, {"VARY", "b,Accept-Encoding"}});
  EXPECT_EQ(list.find("vary"), "a");
  EXPECT_EQ(list.find("var"), std::nullopt);
  EXPECT_EQ(list.count("vary"), 2u);
  EXPECT_EQ(list.count("te"), 0u);
  EXPECT_TRUE(list.lists("connection", "CLOSE"));
  EXPECT_TRUE(list.lists("vary", "accept-encoding"));
  EXPECT_FALSE(list.lists("vary", "accept"));
  EXPECT_FALSE(list.lists("te", "close"));
}

TEST(FieldList, Removes) {
  struct Case {
    std::string_view name;
    size_t removed;
    Lines left;
  };
  for (const Case& c :
       {Case{"a", 2, {{"b", "22"}, {"c", ""}}}, Case{"B", 1, {{"a", "1"}, {"A", "333"}, {"c", ""}}},
        Case{"c", 1, {{"a", "1"}, {"b", "22"}, {"A", "333"}}},
        Case{"d", 0, {{"a", "1"}, {"b", "22"}, {"A", "333"}, {"c", ""}}}}) {
    FieldList list = list_of({{"a", "1"}, {"b", "22"}, {"A", "333"}, {"c", ""}});
    EXPECT_EQ(list.remove(c.name), c.removed) << c.name;
    EXPECT_EQ(lines_of(list), c.left) << c.name;
    EXPECT_EQ(list, list_of(c.left)) << c.name;
    list.add("after", "it");
    EXPECT_EQ(list.find("after"), "it") << c.name;
  }
}

TEST(FieldList, ClearsAndIsUsedAgain) {
  FieldList list = list_of({{"a", "1"}, {"b", "2"}});
  list.clear();
  EXPECT_EQ(list, FieldList());
  EXPECT_EQ(list.find("a"), std::nullopt);
  list.add("c", "3");
  EXPECT_EQ(list, list_of({{"c", "3"}}));
}

TEST(FieldList, ComparesLetterForLetter) {
  const FieldList list = list_of({{"ab", "c"}, {"d", "e"}});
  EXPECT_EQ(list, list_of({{"ab", "c"}, {"d", "e"}}));
  EXPECT_NE(list, list_of({{"a", "bc"}, {"d", "e"}}));  // the same bytes, cut elsewhere
  EXPECT_NE(list, list_of({{"AB", "c"}, {"d", "e"}}));
  EXPECT_NE(list, list_of({{"d", "e"}, {"ab", "c"}}));
  EXPECT_NE(list, list_of({{"ab", "c"}}));
}

TEST(FieldList, GrowsAndIsCopied) {
  FieldList list;
  for (int i = 0; i < 1000; ++i)
    list.add("name-" + std::to_string(i), std::string(static_cast<size_t>(i), 'v'));
  const FieldList copy = list;
  list.clear();
  ASSERT_EQ(copy.size(), 1000u);
  EXPECT_EQ(copy[999].name, "name-999");
  EXPECT_EQ(copy[999].value.size(), 999u);
  EXPECT_EQ(copy.find("NAME-7"), "vvvvvvv");
}

}  // namespace
}  // namespace astray::client
