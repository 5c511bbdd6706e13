#include "servers/httpd/alias_pattern.h"

#include "base/ascii.h"

namespace astray::httpd {

ServerNamePattern alias_pattern(std::string_view text) {
  std::string lower = ascii_lower(text);
  if (lower.find_first_of("*?") == std::string::npos) return {PatternKind::exact, std::move(lower)};
  bool leading =
      lower.size() > 2 && lower.starts_with("*.") && lower.find_first_of("*?", 1) == std::string::npos;
  if (leading) return {PatternKind::leading_wildcard, lower.substr(2)};
  return {PatternKind::glob, std::move(lower)};
}

bool glob_matches(std::string_view pattern, std::string_view text) {
  size_t p = 0;
  size_t t = 0;
  size_t star = std::string_view::npos;  // the last '*' met, and where its text would end
  size_t star_end = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_end = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || ascii_lower(pattern[p]) == ascii_lower(text[t]))) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_end;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace astray::httpd
