#include "audit/pattern_example.h"

namespace astray {
namespace {

std::string with_any(std::string_view glob) {
  std::string name;
  for (char c : glob) {
    if (c == '*') {
      name += "any";
    } else {
      name += c == '?' ? 'a' : c;
    }
  }
  return name;
}

}  // namespace

std::vector<std::string> example_names(const ServerNamePattern& pattern) {
  switch (pattern.kind) {
    case PatternKind::exact:
      return {pattern.text};
    case PatternKind::leading_wildcard:
      return {"any." + pattern.text, "any-other." + pattern.text};
    case PatternKind::dotted_suffix:
      return {pattern.text, "any." + pattern.text, "any-other." + pattern.text};
    case PatternKind::trailing_wildcard:
      return {pattern.text + ".com", pattern.text + ".test"};
    case PatternKind::glob:
      return {with_any(pattern.text)};
    case PatternKind::regex:
    case PatternKind::catch_all:
    case PatternKind::unknowable:
      return {};
  }
  return {};
}

std::vector<std::string> unlikely_labels() {
  return {"unlisted", "unlisted-name", "name-that-nobody-configured"};
}

}  // namespace astray
