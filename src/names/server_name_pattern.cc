#include "names/server_name_pattern.h"

namespace astray {

std::string_view to_string(PatternKind kind) {
  switch (kind) {
    case PatternKind::exact:
      return "exact";
    case PatternKind::leading_wildcard:
      return "leading_wildcard";
    case PatternKind::dotted_suffix:
      return "dotted_suffix";
    case PatternKind::trailing_wildcard:
      return "trailing_wildcard";
    case PatternKind::glob:
      return "glob";
    case PatternKind::regex:
      return "regex";
    case PatternKind::catch_all:
      return "catch_all";
    case PatternKind::unknowable:
      return "unknowable";
  }
  return {};
}

std::string ServerNamePattern::spelled() const {
  switch (kind) {
    case PatternKind::exact:
      return text.empty() ? "\"\"" : text;
    case PatternKind::leading_wildcard:
      return "*." + text;
    case PatternKind::dotted_suffix:
      return "." + text;
    case PatternKind::trailing_wildcard:
      return text + ".*";
    case PatternKind::regex:
      return "~" + text;
    case PatternKind::catch_all:
      return text.empty() ? "*" : text;
    case PatternKind::glob:
    case PatternKind::unknowable:
      return text;
  }
  return text;
}

}  // namespace astray
