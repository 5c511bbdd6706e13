#include "gateway/configuration/yaml_tree.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace astray::gateway {
namespace {

std::string yaml_failure(std::string_view text) {
  const auto tree = read_yaml(text);
  if (tree) return "";
  return fmt::format("{}:{}: {}", tree.error().place.line, tree.error().place.column, tree.error().message);
}

TEST(YamlTree, KeepsOrderPlacesAndQuotes) {
  const auto tree = read_yaml("# a file\nb: [1, \"1\", ~]\na:\n  c: text\n  c: again\n");
  ASSERT_TRUE(tree);
  ASSERT_EQ(tree->members.size(), 2u);
  EXPECT_EQ(tree->members[0].name, "b");
  EXPECT_EQ(tree->members[1].name, "a");
  EXPECT_EQ(tree->members[1].place.line, 3u);
  EXPECT_EQ(tree->members[1].place.column, 1u);
  const YamlNode* list = tree->member("b");
  ASSERT_EQ(list->items.size(), 3u);
  EXPECT_EQ(list->items[0].kind, YamlNode::Kind::plain);
  EXPECT_EQ(list->items[1].kind, YamlNode::Kind::quoted);
  EXPECT_EQ(list->items[1].text, "1");
  EXPECT_EQ(list->items[1].place.column, 8u);
  EXPECT_EQ(list->items[2].kind, YamlNode::Kind::nothing);
  EXPECT_EQ(tree->member("a")->members.size(), 2u) << "repeated keys are there to be told";
  EXPECT_EQ(tree->member("a")->member("c")->text, "text");
  EXPECT_EQ(tree->member("x"), nullptr);
}

TEST(YamlTree, AnEmptyFileIsNothing) {
  for (const std::string_view text : {"", "\n", "# words\n", "~"})
    EXPECT_EQ(read_yaml(text)->kind, YamlNode::Kind::nothing) << text;
}

TEST(YamlTree, RefusesWhatItDoesNotRead) {
  const std::string not_read = "this is not YAML that can be read: ";
  struct {
    std::string text;
    std::string expected;
  } const cases[] = {
      {"a: &x 1\nb: *x\n", "1:4: " + not_read + "anchors and aliases are not read; write the value out"},
      {"a: *x\n",
       "1:4: " + not_read + "the referenced anchor is not defined (what begins with \"*\" stands in quotes)"},
      {"a: &x [1]\n", "1:4: " + not_read + "anchors and aliases are not read; write the value out"},
      {"a: !!str 1\n", "1:4: " + not_read + "tags (\"!…\") are not read; leave it out"},
      {"a: 1\n---\nb: 2\n", "3:1: a second YAML document begins here; expected one document"},
      {"[1, 2]: 3\n", "1:1: " + not_read + "a key is a list or a set of keys; expected a word"},
      {"? {a: 1}\n: 3\n", "1:3: " + not_read + "a key is a list or a set of keys; expected a word"},
      {"a: [1\n", "2:1: " + not_read + "end of sequence flow not found"},
      {"a: *.example.com\n",
       "1:4: " + not_read + "the referenced anchor is not defined (what begins with \"*\" stands in quotes)"},
      {std::string(40, '[') + std::string(40, ']'), "1:33: " + not_read + "this is nested more than 32 deep"},
      {std::string(20'000, '[') + std::string(20'000, ']'),
       "1:33: " + not_read + "this is nested more than 32 deep"},
      {std::string(max_yaml_bytes + 1, ' '), "0:0: 4194305 bytes are too many; expected at most 4194304"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(yaml_failure(text), expected) << text.substr(0, 40);
}

TEST(YamlTree, CountsItsNodes) {
  std::string text = "[";
  for (size_t i = 0; i < max_yaml_nodes; ++i) text += "1,";
  EXPECT_NE(yaml_failure(text + "]").find("there are more than 500000 values"), std::string::npos);
}

}  // namespace
}  // namespace astray::gateway
