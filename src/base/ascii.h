#pragma once
#include <string>
#include <string_view>

namespace astray {

/// ASCII only, whatever the locale: bytes ≥ 0x80 pass through unchanged.
constexpr char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
constexpr bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }

std::string ascii_lower(std::string_view text);
/// The same, written to where there is room for it.
void write_ascii_lower(char* to, std::string_view text);
/// Of texts of one size.
bool ascii_iequals_sized(std::string_view a, std::string_view b);
/// Letters of both cases are alike but for this bit.
constexpr bool may_be_iequal(char a, char b) { return ((a ^ b) & ~0x20) == 0; }
/// Most comparisons end at the size, or at the first letter.
inline bool ascii_iequals(std::string_view a, std::string_view b) {
  return a.size() == b.size() && (a.empty() || (may_be_iequal(a.front(), b.front()) && ascii_iequals_sized(a, b)));
}
bool ascii_istarts_with(std::string_view text, std::string_view prefix);
/// Without leading and trailing spaces and tabs (and CR, LF).
std::string_view ascii_trim(std::string_view text);

}  // namespace astray
