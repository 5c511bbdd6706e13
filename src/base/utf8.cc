#include "base/utf8.h"

#include <algorithm>
#include <iterator>

namespace astray {
namespace {

struct Range {
  uint32_t first, last;
};

// Unicode 15, the blocks that matter on a terminal: EastAsianWidth W and F, and emoji presentation.
constexpr Range wide[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x23e9, 0x23ec},   {0x25fd, 0x25fe},
    {0x2614, 0x2615},   {0x26a1, 0x26a1},   {0x2705, 0x2705},   {0x274c, 0x274c},   {0x2753, 0x2755},
    {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},   {0x4e00, 0xa4cf},   {0xa960, 0xa97c},
    {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
    {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x1fa70, 0x1faff}, {0x20000, 0x3fffd}};

// Combining marks (the large blocks), zero-width and format characters.
constexpr Range zero[] = {{0x0300, 0x036f}, {0x0483, 0x0489},  {0x0591, 0x05bd}, {0x0610, 0x061a},
                          {0x064b, 0x065f}, {0x06d6, 0x06dc},  {0x0900, 0x0902}, {0x093c, 0x093c},
                          {0x0941, 0x0948}, {0x094d, 0x094d},  {0x0e31, 0x0e31}, {0x0e34, 0x0e3a},
                          {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},  {0x200b, 0x200f}, {0x202a, 0x202e},
                          {0x2060, 0x206f}, {0x20d0, 0x20ff},  {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
                          {0xfeff, 0xfeff}, {0xe0100, 0xe01ef}};

template <size_t n>
bool contains(const Range (&ranges)[n], uint32_t code_point) {
  const auto* range = std::upper_bound(std::begin(ranges), std::end(ranges), code_point,
                                       [](uint32_t value, const Range& r) { return value < r.first; });
  return range != std::begin(ranges) && code_point <= std::prev(range)->last;
}

}  // namespace

Utf8Character utf8_at(std::string_view text, size_t at) {
  const auto byte = [&](size_t offset) -> unsigned {
    return at + offset < text.size() ? static_cast<unsigned char>(text[at + offset]) : 0u;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};

  // The bounds of the second byte keep out overlong forms, surrogates and what lies above U+10FFFF.
  uint8_t size = 0;
  unsigned low = 0x80;
  unsigned high = 0xbf;
  uint32_t code_point = 0;
  if (lead >= 0xc2 && lead <= 0xdf) {
    size = 2;
    code_point = lead & 0x1f;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    size = 3;
    code_point = lead & 0x0f;
    if (lead == 0xe0) low = 0xa0;
    if (lead == 0xed) high = 0x9f;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    size = 4;
    code_point = lead & 0x07;
    if (lead == 0xf0) low = 0x90;
    if (lead == 0xf4) high = 0x8f;
  } else {
    return {0xfffd, 1, false};
  }
  for (uint8_t i = 1; i < size; ++i) {
    const unsigned next = byte(i);
    if (next < low || next > high) return {0xfffd, i, false};
    code_point = code_point << 6 | (next & 0x3f);
    low = 0x80;
    high = 0xbf;
  }
  return {code_point, size, true};
}

std::string well_formed_utf8(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const Utf8Character character = utf8_at(text, i);
    out += character.well_formed ? text.substr(i, character.size) : utf8_replacement;
    i += character.size;
  }
  return out;
}

int columns_of(uint32_t code_point) {
  if (code_point < 0x300) return 1;
  if (contains(zero, code_point)) return 0;
  return contains(wide, code_point) ? 2 : 1;
}

int columns_of(std::string_view text) {
  int columns = 0;
  for (size_t i = 0; i < text.size();) {
    const Utf8Character character = utf8_at(text, i);
    columns += columns_of(character.code_point);
    i += character.size;
  }
  return columns;
}

bool reorders_text(uint32_t code_point) {
  return (code_point >= 0x202a && code_point <= 0x202e) || (code_point >= 0x2066 && code_point <= 0x2069) ||
         code_point == 0x200e || code_point == 0x200f || code_point == 0x061c;
}

}  // namespace astray
