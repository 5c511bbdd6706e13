#include "http2/field.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <utility>

namespace astray::http2::field_test {
namespace {

std::string text_of(const Fields& fields) {
  std::string text;
  for (const Field field : fields) text.append(field.name).append("=").append(field.value).append(" ");
  return text;
}

TEST(Fields, KeepTheirOrderAndNamesMayRepeat) {
  const Fields fields{{":method", "GET"}, {"a", "1"}, {"b", ""}, {"a", "2"}};
  EXPECT_EQ(text_of(fields), ":method=GET a=1 b= a=2 ");
  EXPECT_EQ(fields[3], (Field{"a", "2"}));
  EXPECT_EQ(first_value(fields, "a"), "1");
  EXPECT_EQ(first_value(fields, "A"), std::nullopt);
  EXPECT_EQ(all_values(fields, "a"), (std::vector<std::string_view>{"1", "2"}));
}

TEST(Fields, ChangeInPlace) {
  Fields fields{{"a", "1"}, {"b", "2"}};
  fields.push_front({":status", "200"});
  fields.set_value(1, "longer than it was");
  fields.extend_last(", 3");
  EXPECT_EQ(text_of(fields), ":status=200 a=longer than it was b=2, 3 ");
  fields.set_value(2, "");
  fields.extend_last("4");
  fields.append({{"c", "5"}});
  fields.remove_if([](const Field& field) { return field.name == "a"; });
  EXPECT_EQ(text_of(fields), ":status=200 b=4 c=5 ");
  EXPECT_EQ(fields, (Fields{{":status", "200"}, {"b", "4"}, {"c", "5"}}));
  EXPECT_NE(fields, (Fields{{":status", "200"}, {"b", "4"}}));
  fields.clear();
  EXPECT_TRUE(fields.empty());
  EXPECT_EQ(fields, Fields());
}

TEST(Fields, TakeWhatWasWrittenInPlace) {
  Fields fields{{"a", "1"}};
  std::memcpy(fields.room(1000), "name: value and more", 20);
  EXPECT_EQ(text_of(fields), "a=1 ") << "nothing is added yet";
  fields.add_line(6, 5);
  std::memcpy(fields.add_line(1, 2), "b23", 3);
  EXPECT_EQ(text_of(fields), "a=1 name: =value b=23 ");
}

TEST(Fields, MovedAndCopiedOnesStandAlone) {
  Fields fields{{"a", std::string(100, 'x')}};
  Fields copy = fields;
  const Fields moved = std::move(fields);
  copy.set_value(0, "y");
  EXPECT_EQ(moved[0].value, std::string(100, 'x'));
  EXPECT_EQ(copy[0].value, "y");
}

// Against pairs of strings, which is what they stand for.
TEST(Fields, DoWhatPairsOfStringsDo) {
  std::minstd_rand random(7);
  for (int round = 0; round < 200; ++round) {
    Fields fields;
    std::vector<std::pair<std::string, std::string>> pairs;
    for (int step = 0; step < 40; ++step) {
      const std::string name(random() % 4, static_cast<char>('a' + random() % 3));
      const std::string value(random() % 30, static_cast<char>('p' + random() % 3));
      const size_t at = pairs.empty() ? 0 : random() % pairs.size();
      switch (random() % 6) {
        case 0:
          fields.push_front({name, value});
          pairs.insert(pairs.begin(), {name, value});
          break;
        case 1:
          if (pairs.empty()) break;
          fields.set_value(at, value);
          pairs[at].second = value;
          break;
        case 2:
          if (pairs.empty()) break;
          fields.extend_last(value);
          pairs.back().second += value;
          break;
        case 3:
          fields.remove_if([&](const Field& field) { return field.name == name; });
          std::erase_if(pairs, [&](const auto& pair) { return pair.first == name; });
          break;
        default:
          fields.push_back({name, value});
          pairs.emplace_back(name, value);
      }
      ASSERT_TRUE(std::equal(fields.begin(), fields.end(), pairs.begin(), pairs.end(),
                             [](const Field& a, const auto& b) { return a.name == b.first && a.value == b.second; }));
    }
  }
}

}  // namespace
}  // namespace astray::http2::field_test
