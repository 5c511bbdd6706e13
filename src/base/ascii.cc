#include "base/ascii.h"

#include <cstdint>
#include <cstring>

#include "base/words.h"

namespace astray {
namespace {

/// Each of the eight bytes as ascii_lower() has it: no carry goes from one to the next.
constexpr uint64_t lower_bytes(uint64_t bytes) {
  const uint64_t low_bits = bytes & eight_times(0x7f);
  const uint64_t from_a = low_bits + eight_times(0x80 - 'A');
  const uint64_t behind_z = low_bits + eight_times(0x80 - 'Z' - 1);
  const uint64_t capitals = from_a & ~behind_z & ~bytes & eight_times(0x80);
  return bytes | capitals >> 2;
}

void put_word(char* to, uint64_t word) { std::memcpy(to, &word, sizeof word); }
uint64_t both_ends(const char* text, size_t size) {
  return word_at<uint32_t>(text) | static_cast<uint64_t>(word_at<uint32_t>(text + size - 4)) << 32;
}

}  // namespace

std::string ascii_lower(std::string_view text) {
  std::string lowered(text.size(), '\0');
  write_ascii_lower(lowered.data(), text);
  return lowered;
}

void write_ascii_lower(char* to, std::string_view text) {
  const size_t size = text.size();
  const char* const from = text.data();
  if (size >= 8) {
    // The last eight may overlap those before them.
    for (size_t i = 0; i + 8 < size; i += 8) put_word(to + i, lower_bytes(word_at<uint64_t>(from + i)));
    return put_word(to + size - 8, lower_bytes(word_at<uint64_t>(from + size - 8)));
  }
  for (size_t i = 0; i < size; ++i) to[i] = ascii_lower(from[i]);
}

bool ascii_iequals_sized(std::string_view a, std::string_view b) {
  const size_t size = a.size();
  if (size >= 8) {
    for (size_t i = 0; i + 8 < size; i += 8)
      if (lower_bytes(word_at<uint64_t>(a.data() + i)) != lower_bytes(word_at<uint64_t>(b.data() + i))) return false;
    return lower_bytes(word_at<uint64_t>(a.data() + size - 8)) == lower_bytes(word_at<uint64_t>(b.data() + size - 8));
  }
  if (size >= 4) return lower_bytes(both_ends(a.data(), size)) == lower_bytes(both_ends(b.data(), size));
  for (size_t i = 0; i < size; ++i)
    if (ascii_lower(a[i]) != ascii_lower(b[i])) return false;
  return true;
}

bool ascii_istarts_with(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && ascii_iequals(text.substr(0, prefix.size()), prefix);
}

std::string_view ascii_trim(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace astray
