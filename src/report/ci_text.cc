#include "report/ci_text.h"

#include "base/markup.h"
#include "base/utf8.h"

namespace astray {

std::string xml_text(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const Utf8Character character = utf8_at(text, i);
    const uint32_t c = character.code_point;
    const bool allowed = c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c != 0xfffe && c != 0xffff);
    // Values stand in double quotes, so that apostrophes can stay for those who read the file.
    if (const std::string_view reference = markup_reference(text[i]); !reference.empty() && c != '\'') {
      out += reference;
    } else if (c == '\n' || c == '\r') {
      out += c == '\n' ? "&#10;" : "&#13;";
    } else if (!allowed || !character.well_formed) {
      out += utf8_replacement;
    } else {
      out += text.substr(i, character.size);
    }
    i += character.size;
  }
  return out;
}

std::string workflow_command_text(std::string_view text, CommandPart part) {
  std::string out;
  for (const char c : well_formed_utf8(text)) {
    if (c == '%') {
      out += "%25";
    } else if (c == '\r') {
      out += "%0D";
    } else if (c == '\n') {
      out += "%0A";
    } else if (part == CommandPart::property && c == ':') {
      out += "%3A";
    } else if (part == CommandPart::property && c == ',') {
      out += "%2C";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace astray
