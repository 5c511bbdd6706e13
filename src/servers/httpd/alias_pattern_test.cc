#include "servers/httpd/alias_pattern.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "base/ascii.h"

namespace astray::httpd {
namespace {

TEST(AliasPattern, TellsTheShapes) {
  EXPECT_EQ(alias_pattern("A.Test"), (ServerNamePattern{PatternKind::exact, "a.test"}));
  EXPECT_EQ(alias_pattern("*.Example.test"),
            (ServerNamePattern{PatternKind::leading_wildcard, "example.test"}));
  for (std::string_view glob : {"*", "*.", "**.x", "*.?.x", "*x.test", "w?w.test", "www.*.test", "*.a*.test"})
    EXPECT_EQ(alias_pattern(glob), (ServerNamePattern{PatternKind::glob, std::string(glob)})) << glob;
}

// The plain recursion that the words of the manual describe.
bool naive(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    for (size_t taken = 0; taken <= text.size(); ++taken)
      if (naive(pattern.substr(1), text.substr(taken))) return true;
    return false;
  }
  if (text.empty()) return false;
  return (pattern[0] == '?' || ascii_lower(pattern[0]) == ascii_lower(text[0])) &&
         naive(pattern.substr(1), text.substr(1));
}

TEST(GlobMatches, AgreesWithTheRecursion) {
  std::mt19937 random(7);
  constexpr std::string_view pattern_letters = "ab.*?*";
  constexpr std::string_view text_letters = "ab.B";
  size_t matches = 0;
  for (int round = 0; round < 200'000; ++round) {
    std::string pattern;
    std::string text;
    for (size_t n = random() % 8; n > 0; --n) pattern += pattern_letters[random() % pattern_letters.size()];
    for (size_t n = random() % 8; n > 0; --n) text += text_letters[random() % text_letters.size()];
    bool expected = naive(pattern, text);
    ASSERT_EQ(glob_matches(pattern, text), expected) << pattern << " " << text;
    matches += expected ? 1 : 0;
  }
  EXPECT_GT(matches, 10'000U);
}

TEST(GlobMatches, DoesNotExplode) {
  std::string stars;
  for (int i = 0; i < 50; ++i) stars += "*a";
  EXPECT_FALSE(glob_matches(stars + "b", std::string(5000, 'a')));
}

}  // namespace
}  // namespace astray::httpd
