#include "http2/hpack/dynamic_table.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <string>
#include <utility>

namespace astray::http2::hpack::dynamic_table_test {
namespace {

// RFC 7541 section 4, word by word.
class NaiveTable {
 public:
  explicit NaiveTable(size_t limit) : limit_(limit) {}
  void set_limit(size_t limit) {
    limit_ = limit;
    while (bytes() > limit_) lines_.pop_back();
  }
  void add(std::string_view name, std::string_view value) {
    while (!lines_.empty() && bytes() + name.size() + value.size() + 32 > limit_) lines_.pop_back();
    if (name.size() + value.size() + 32 <= limit_) lines_.emplace_front(name, value);
  }
  const std::deque<std::pair<std::string, std::string>>& lines() const { return lines_; }

 private:
  size_t bytes() const {
    size_t sum = 0;
    for (const auto& [name, value] : lines_) sum += name.size() + value.size() + 32;
    return sum;
  }
  std::deque<std::pair<std::string, std::string>> lines_;
  size_t limit_;
};

void expect_same(const DynamicTable& table, const NaiveTable& naive) {
  ASSERT_EQ(table.size(), naive.lines().size());
  for (size_t age = 0; age < table.size(); ++age) {
    ASSERT_EQ(table[age].name(), naive.lines()[age].first);
    ASSERT_EQ(table[age].value(), naive.lines()[age].second);
    const DynamicTable::Number number = table.number_of(age);
    ASSERT_EQ(table.age_of(number), age);
    ASSERT_EQ(table.age_at(table.place_of(number)), age);
  }
}

std::string text_of(std::minstd_rand& random, size_t most) {
  return std::string(random() % (most + 1), static_cast<char>('a' + random() % 26));
}

TEST(HpackDynamicTable, DoesWhatTheSpecificationSays) {
  std::minstd_rand random(3);
  for (const size_t limit : {0U, 31U, 32U, 33U, 64U, 100U, 500U, 4096U, 65536U}) {
    for (const size_t longest : {0U, 3U, 30U, 300U, 3000U}) {
      SCOPED_TRACE(testing::Message() << limit << " " << longest);
      DynamicTable table(limit);
      NaiveTable naive(limit);
      for (int step = 0; step < 700; ++step) {
        if (random() % 150 == 0) {
          const size_t other = random() % (limit + 1);
          table.set_limit(other);
          naive.set_limit(other);
        }
        const std::string name = text_of(random, longest);
        const std::string value = text_of(random, longest);
        table.add(name, value);
        naive.add(name, value);
        if (step % 20 == 0 || step < 50) {
          ASSERT_NO_FATAL_FAILURE(expect_same(table, naive));
        }
      }
      ASSERT_NO_FATAL_FAILURE(expect_same(table, naive));
    }
  }
}

TEST(HpackDynamicTable, NumbersGoRound) {
  DynamicTable table(4096);
  NaiveTable naive(4096);
  for (int i = 0; i < 70000; ++i) {
    const std::string value = std::to_string(i);
    table.add("a", value);
    naive.add("a", value);
  }
  expect_same(table, naive);
}

TEST(HpackDynamicTable, ALineThatFitsAloneIsAlone) {
  DynamicTable table(4096);
  table.add("a", "b");
  table.add("", std::string(4064, 'x'));
  ASSERT_EQ(table.size(), 1u);
  EXPECT_EQ(table[0].value().size(), 4064u);
  table.add("", std::string(4065, 'x'));
  EXPECT_EQ(table.size(), 0u);
}

}  // namespace
}  // namespace astray::http2::hpack::dynamic_table_test
