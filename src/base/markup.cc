#include "base/markup.h"

namespace astray {

std::string_view markup_reference(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return "";
  }
}

std::string escape_markup(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const std::string_view reference = markup_reference(c);
    reference.empty() ? out.push_back(c) : static_cast<void>(out.append(reference));
  }
  return out;
}

}  // namespace astray
