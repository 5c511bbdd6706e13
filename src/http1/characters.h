#pragma once
#include <array>
#include <cstddef>
#include <string_view>

namespace astray::http1 {

/// 0x00–0x1F and 0x7F, but not HTAB.
constexpr bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

/// The index of the first byte for which is_control() holds, or the size: it finds a line's end and validates
/// the line in one pass.
size_t find_control(std::string_view bytes);

/// RFC 9110 §5.6.2.
inline constexpr std::array<bool, 256> token_characters = [] {
  std::array<bool, 256> table{};
  for (char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = true;
  for (int c = '0'; c <= '9'; ++c) table[static_cast<size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<size_t>(c)] = true;
  return table;
}();
constexpr bool is_token_character(char c) {
  return token_characters[static_cast<unsigned char>(c)];
}
/// RFC 9110 §5.6.2, one character or more.
bool is_token(std::string_view text);

constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
/// Without spaces and tabs at both ends (RFC 9110 §5.6.3).
inline std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// The value of a hexadecimal digit, or -1.
constexpr int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace astray::http1
