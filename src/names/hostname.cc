#include "names/hostname.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "base/ascii.h"
#include "names/idna.h"

namespace astray {
namespace {

constexpr size_t max_name_bytes = 253;  // RFC 1035 §2.3.4: 255 with the first length byte and the root
constexpr size_t max_label_bytes = 63;

/// For each byte: what it becomes in a host name; 0 for bytes that have no place in one.
constexpr std::array<char, 256> folded = [] {
  std::array<char, 256> table{};
  for (char c = 'a'; c <= 'z'; ++c) table[static_cast<uint8_t>(c)] = c;
  for (char c = 'A'; c <= 'Z'; ++c) table[static_cast<uint8_t>(c)] = ascii_lower(c);
  for (char c = '0'; c <= '9'; ++c) table[static_cast<uint8_t>(c)] = c;
  for (char c : {'-', '_', '.'}) table[static_cast<uint8_t>(c)] = c;
  return table;
}();

constexpr bool is_non_ascii(char c) {
  return static_cast<uint8_t>(c) >= 0x80;
}

constexpr bool is_bad_ascii(char c) {
  return !is_non_ascii(c) && folded[static_cast<uint8_t>(c)] == 0;
}

/// The WHATWG URL "ends in a number" rule: decimal digits, or "0x" and hexadecimal digits (also none).
bool is_number(std::string_view label) {
  if (std::all_of(label.begin(), label.end(), is_ascii_digit)) return true;
  if (!label.starts_with("0x")) return false;
  return label.find_first_not_of("0123456789abcdef", 2) == std::string_view::npos;
}

/// Writes the folded form of `text` into `out`. Precondition: not empty, without its trailing dot.
std::optional<HostnameError> fold(std::string_view text, std::string& out) {
  out.resize(text.size());
  size_t label_start = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = folded[static_cast<uint8_t>(text[i])];
    if (c == 0) return HostnameError::bad_character;
    out[i] = c;
    if (c != '.') continue;
    if (i == label_start) return HostnameError::empty_label;
    if (i - label_start > max_label_bytes) return HostnameError::label_too_long;
    label_start = i + 1;
  }
  if (label_start == text.size()) return HostnameError::empty_label;
  if (text.size() - label_start > max_label_bytes) return HostnameError::label_too_long;
  if (is_number(std::string_view(out).substr(label_start))) return HostnameError::ip_address;
  return std::nullopt;
}

}  // namespace

std::string_view describe(HostnameError error) {
  switch (error) {
    case HostnameError::empty:
      return "it is empty";
    case HostnameError::too_long:
      return "it is longer than 253 bytes";
    case HostnameError::empty_label:
      return "a label is empty (two dots in a row, or a dot at the start)";
    case HostnameError::label_too_long:
      return "a label is longer than 63 bytes";
    case HostnameError::bad_character:
      return "it has a character other than letters, digits, '-', '_' and '.'";
    case HostnameError::bad_idna:
      return "its non-ASCII text is no valid internationalised name (IDNA 2008)";
    case HostnameError::ip_address:
      return "its last label is a number, as in an IPv4 address, so it is not a name";
    case HostnameError::bad_ip_literal:
      return "the brackets do not hold an IPv6 address (without zone)";
  }
  return {};
}

Result<Hostname, HostnameError> Hostname::parse(std::string_view text) {
  std::string converted;
  if (std::any_of(text.begin(), text.end(), is_non_ascii)) {
    if (std::any_of(text.begin(), text.end(), is_bad_ascii))
      return Failure<HostnameError>(HostnameError::bad_character);
    auto ascii = to_a_labels(text);
    if (!ascii) return Failure<HostnameError>(ascii.error());
    converted = std::move(*ascii);
    text = converted;
  }
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty()) return Failure<HostnameError>(HostnameError::empty);
  if (text.size() > max_name_bytes) return Failure<HostnameError>(HostnameError::too_long);

  std::string name;
  if (auto error = fold(text, name)) return Failure<HostnameError>(*error);
  return Hostname(std::move(name));
}

int Hostname::label_count() const {
  return 1 + static_cast<int>(std::count(text_.begin(), text_.end(), '.'));
}

std::string_view Hostname::parent() const {
  size_t dot = text_.find('.');
  return dot == std::string::npos ? std::string_view() : text().substr(dot + 1);
}

}  // namespace astray
