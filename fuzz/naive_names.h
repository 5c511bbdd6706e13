#pragma once
// Slow and obvious restatements of the rules for names, to hold the fast ones against. They share no code
// with names/.

#include <string>
#include <string_view>
#include <vector>

namespace astray::naive {

inline std::string_view text_of(const unsigned char* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

inline bool is_ascii(std::string_view text) {
  for (char c : text)
    if (c & 0x80) return false;
  return true;
}

/// Every ASCII letter in the other case: another spelling of the same name.
inline std::string swap_case(std::string_view text) {
  std::string swapped(text);
  for (char& c : swapped)
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) c = static_cast<char>(c ^ 0x20);
  return swapped;
}

inline std::string lower(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  return lowered;
}

inline std::vector<std::string> labels_of(std::string_view text) {
  std::vector<std::string> labels(1);
  for (char c : text) {
    if (c == '.') {
      labels.emplace_back();
    } else {
      labels.back() += c;
    }
  }
  return labels;
}

inline bool consists_of(std::string_view text, std::string_view alphabet) {
  return text.find_first_not_of(alphabet) == std::string_view::npos;
}

/// Lower case, without trailing dot, as Hostname promises its text to be.
inline bool is_canonical_hostname(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  std::vector<std::string> labels = labels_of(text);
  for (const std::string& label : labels) {
    if (label.empty() || label.size() > 63) return false;
    if (!consists_of(label, "abcdefghijklmnopqrstuvwxyz0123456789-_")) return false;
  }
  const std::string& last = labels.back();
  bool decimal = consists_of(last, "0123456789");
  bool hexadecimal = last.rfind("0x", 0) == 0 && consists_of(last.substr(2), "0123456789abcdef");
  return !decimal && !hexadecimal;
}

/// For ASCII text alone.
inline bool is_hostname(std::string_view text) {
  std::string name = lower(text);
  if (!name.empty() && name.back() == '.') name.pop_back();
  return is_canonical_hostname(name);
}

}  // namespace astray::naive
