#include "report/printable.h"

#include <fmt/format.h>

#include <iterator>

#include "base/utf8.h"

namespace astray {
namespace {

enum class LineEnds : uint8_t { escaped, kept };

std::string made_printable(std::string_view text, LineEnds line_ends) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const Utf8Character character = utf8_at(text, i);
    const uint32_t c = character.code_point;
    if (!character.well_formed) {
      for (size_t byte = 0; byte < character.size; ++byte) {
        fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(text[i + byte]));
      }
    } else if (c == '\n') {
      out += line_ends == LineEnds::kept ? "\n" : "\\n";
    } else if (c == '\t') {
      out += ' ';
    } else if (c < 0x20 || (c >= 0x7f && c < 0xa0)) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", c);
    } else if (reorders_text(c) || c == 0x2028 || c == 0x2029) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
    } else {
      out += text.substr(i, character.size);
    }
    i += character.size;
  }
  return out;
}

}  // namespace

std::string printable(std::string_view text) {
  return made_printable(text, LineEnds::escaped);
}

std::string printable_lines(std::string_view text) {
  return made_printable(text, LineEnds::kept);
}

}  // namespace astray
