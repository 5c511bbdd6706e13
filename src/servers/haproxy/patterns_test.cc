#include "servers/haproxy/patterns.h"

#include <gtest/gtest.h>

namespace astray::haproxy {
namespace {

struct PatternRow {
  std::string text, value;
  bool ignores_case = false;
};

/// The value of the pattern that `-m beg` finds; "" for none.
std::string found_by_prefix(const std::vector<PatternRow>& rows, std::string text) {
  Patterns patterns(Match::beg);
  for (const PatternRow& row : rows) {
    Pattern pattern;
    pattern.text = row.text;
    pattern.value = row.value;
    pattern.ignores_case = row.ignores_case;
    EXPECT_EQ(patterns.add(std::move(pattern)), "");
  }
  const Patterns::Found found = patterns.find(Value::of(std::move(text)));
  return found.truth == Truth::yes ? found.pattern->value : "";
}

TEST(HaproxyPatterns, OfPrefixesTheLongestWinsWhereCaseMatters) {
  const std::vector<PatternRow> rows{{"a.test", "short"}, {"a.test:443", "long"}, {"a", "shortest"}};
  EXPECT_EQ(found_by_prefix(rows, "a.test:443"), "long");
  EXPECT_EQ(found_by_prefix(rows, "a.test:80"), "short");
  EXPECT_EQ(found_by_prefix(rows, "A.test"), "");
}

TEST(HaproxyPatterns, OfPrefixesTheFirstWinsWhereItDoesNot) {
  const std::vector<PatternRow> rows{{"A.test", "short", true}, {"a.test:443", "long", true}};
  EXPECT_EQ(found_by_prefix(rows, "a.test:443"), "short");
}

}  // namespace
}  // namespace astray::haproxy
