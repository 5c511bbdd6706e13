#include "names/idna.h"

#include <idn2.h>

#include <algorithm>
#include <memory>

namespace astray {
namespace {

// 253 A-label bytes cannot come from more code points than this allows, unless the text is stuffed with
// characters that map to nothing; libidn2 need not be asked about those.
constexpr size_t max_utf8_bytes = 2048;

bool is_ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

/// UTS #46 §2.3: U+3002, U+FF0E and U+FF61 separate labels as '.' does.
std::string with_ascii_dots(std::string_view utf8) {
  std::string text;
  text.reserve(utf8.size());
  for (size_t i = 0; i < utf8.size(); ++i) {
    std::string_view three = utf8.substr(i, 3);
    if (three == "\xE3\x80\x82" || three == "\xEF\xBC\x8E" || three == "\xEF\xBD\xA1") {
      text += '.';
      i += 2;
    } else {
      text += utf8[i];
    }
  }
  return text;
}

HostnameError error_of(int idn2_code) {
  switch (idn2_code) {
    case IDN2_TOO_BIG_LABEL:
    case IDN2_PUNYCODE_BIG_OUTPUT:
      return HostnameError::label_too_long;
    case IDN2_TOO_BIG_DOMAIN:
      return HostnameError::too_long;
    default:
      return HostnameError::bad_idna;
  }
}

Result<std::string, HostnameError> to_a_label(const std::string& u_label) {
  struct Free {
    void operator()(uint8_t* text) const { idn2_free(text); }
  };
  uint8_t* converted = nullptr;
  int code = idn2_lookup_u8(reinterpret_cast<const uint8_t*>(u_label.c_str()), &converted,
                            IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  std::unique_ptr<uint8_t, Free> owner(converted);
  if (code != IDN2_OK) return Failure<HostnameError>(error_of(code));
  return std::string(reinterpret_cast<const char*>(converted));
}

}  // namespace

Result<std::string, HostnameError> to_a_labels(std::string_view utf8) {
  if (utf8.size() > max_utf8_bytes) return Failure<HostnameError>(HostnameError::too_long);

  std::string dotted = with_ascii_dots(utf8);
  std::string ascii;
  for (size_t start = 0;;) {
    size_t dot = dotted.find('.', start);
    std::string label = dotted.substr(start, dot == std::string::npos ? dot : dot - start);
    if (is_ascii(label)) {
      ascii += label;
    } else {
      auto a_label = to_a_label(label);
      if (!a_label) return a_label;
      ascii += *a_label;
    }
    if (dot == std::string::npos) return ascii;
    ascii += '.';
    start = dot + 1;
  }
}

}  // namespace astray
