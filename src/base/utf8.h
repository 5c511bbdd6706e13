#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace astray {

/// One character at a place of a text, or one maximal ill-formed subpart (Unicode 15 §3.9, table 3-8).
struct Utf8Character {
  uint32_t code_point;  ///< U+FFFD when ill-formed
  uint8_t size;         ///< bytes, at least 1
  bool well_formed;
};
/// `at` lies within the text.
Utf8Character utf8_at(std::string_view text, size_t at);

inline constexpr std::string_view utf8_replacement = "\xEF\xBF\xBD";

/// The text with each maximal ill-formed subpart replaced by U+FFFD.
std::string well_formed_utf8(std::string_view text);

/// Columns that a terminal needs for the character: 0 for combining marks and format characters, 2 for East
/// Asian wide ones and emoji, otherwise 1.
int columns_of(uint32_t code_point);
/// Columns of well-formed text without control characters.
int columns_of(std::string_view text);

/// U+202A–U+202E, U+2066–U+2069 and the like turn the order of what a terminal shows; with them a name can be
/// made to look like another one.
bool reorders_text(uint32_t code_point);

}  // namespace astray
