#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/words.h"

namespace astray::http2::hpack {

/// What RFC 7541 section 4.1 adds to the bytes of a line in a table, and RFC 9113 section 10.5.1 to those of
/// a list.
inline constexpr size_t line_overhead = 32;

/// A line of a table: the value stands behind the name, so that both are copied as one. Borrowed.
struct Line {
  const char* bytes;
  uint16_t name_size, value_size;

  constexpr size_t size() const { return size_t{name_size} + value_size; }
  std::string_view name() const { return {bytes, name_size}; }
  std::string_view value() const { return {bytes + name_size, value_size}; }
};

template <typename Word>
[[gnu::always_inline]] inline Word difference_at(const char* a, const char* b) {
  return word_at<Word>(a) ^ word_at<Word>(b);
}

/// memcmp() == 0 without a call.
[[gnu::always_inline]] inline bool same_bytes(const char* a, const char* b, size_t size) {
  // The last bytes are compared as many at a time as those before them: some may be looked at twice.
  if (size >= 16) {
    for (; size > 16; a += 16, b += 16, size -= 16) {
      if ((difference_at<uint64_t>(a, b) | difference_at<uint64_t>(a + 8, b + 8)) != 0) return false;
    }
    a -= 16 - size;
    b -= 16 - size;
    return (difference_at<uint64_t>(a, b) | difference_at<uint64_t>(a + 8, b + 8)) == 0;
  }
  if (size >= 8)
    return (difference_at<uint64_t>(a, b) | difference_at<uint64_t>(a + size - 8, b + size - 8)) == 0;
  if (size >= 4)
    return (difference_at<uint32_t>(a, b) | difference_at<uint32_t>(a + size - 4, b + size - 4)) == 0;
  for (size_t i = 0; i < size; ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}
[[gnu::always_inline]] inline bool same_text(std::string_view a, std::string_view b) {
  return a.size() == b.size() && same_bytes(a.data(), b.data(), a.size());
}

}  // namespace astray::http2::hpack
