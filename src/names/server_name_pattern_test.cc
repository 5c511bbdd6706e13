#include "names/server_name_pattern.h"

#include <gtest/gtest.h>

#include <set>

namespace astray::server_name_pattern_test {
namespace {

TEST(ServerNamePattern, IsSpelledAsAConfigurationWould) {
  struct Case {
    PatternKind kind;
    std::string_view text, spelled;
  };
  constexpr Case cases[] = {
      {PatternKind::exact, "example.com", "example.com"},
      {PatternKind::exact, "", "\"\""},
      {PatternKind::exact, "_", "_"},
      {PatternKind::leading_wildcard, "example.com", "*.example.com"},
      {PatternKind::dotted_suffix, "example.com", ".example.com"},
      {PatternKind::trailing_wildcard, "www.example", "www.example.*"},
      {PatternKind::glob, "w?w.*.com", "w?w.*.com"},
      {PatternKind::glob, "*", "*"},
      {PatternKind::regex, "^www\\d+\\.", "~^www\\d+\\."},
      {PatternKind::catch_all, "", "*"},
      {PatternKind::catch_all, "_default_", "_default_"},
      {PatternKind::unknowable, "$hostname.example", "$hostname.example"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ((ServerNamePattern{c.kind, std::string(c.text)}.spelled()), c.spelled) << to_string(c.kind);
  }
}

TEST(ServerNamePattern, IsEqualByKindAndText) {
  ServerNamePattern suffix{PatternKind::dotted_suffix, "example.com"};
  EXPECT_EQ(suffix, (ServerNamePattern{PatternKind::dotted_suffix, "example.com"}));
  EXPECT_NE(suffix, (ServerNamePattern{PatternKind::leading_wildcard, "example.com"}));
  EXPECT_NE(suffix, (ServerNamePattern{PatternKind::dotted_suffix, "example.org"}));
}

TEST(PatternKind, EachHasItsOwnName) {
  std::set<std::string_view> names;
  for (auto kind : {PatternKind::exact, PatternKind::leading_wildcard, PatternKind::dotted_suffix,
                    PatternKind::trailing_wildcard, PatternKind::glob, PatternKind::regex,
                    PatternKind::catch_all, PatternKind::unknowable}) {
    EXPECT_FALSE(to_string(kind).empty());
    EXPECT_TRUE(names.insert(to_string(kind)).second) << to_string(kind);
  }
}

}  // namespace
}  // namespace astray::server_name_pattern_test
