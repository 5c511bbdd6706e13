#pragma once
// Integers with a prefix, RFC 7541 section 5.1.
#include <cstddef>
#include <cstdint>

namespace astray::http2::hpack {

/// No number that is written or read has more bytes than this.
inline constexpr size_t longest_integer = 6;

/// Writes `number` (32 bits) into the low `prefix_bits` of a first byte, whose other bits are `first`, and
/// behind it. One behind the last byte.
inline char* put_integer(char* to, uint8_t first, int prefix_bits, size_t number) {
  const size_t limit = (size_t{1} << prefix_bits) - 1;
  if (number < limit) {
    *to++ = static_cast<char>(first | number);
    return to;
  }
  *to++ = static_cast<char>(first | limit);
  number -= limit;
  for (; number >= 128; number >>= 7) *to++ = static_cast<char>((number & 0x7f) | 0x80);
  *to++ = static_cast<char>(number);
  return to;
}

/// Reads from the first byte `*at`, of which `prefix_bits` belong to the number, and moves `at` behind it.
/// False when the bytes end before it does, and for a number that has more than 32 bits or more bytes than
/// any of 32 needs.
inline bool read_integer(const uint8_t*& at, const uint8_t* end, int prefix_bits, uint32_t& number) {
  const uint32_t limit = (uint32_t{1} << prefix_bits) - 1;
  number = *at++ & limit;
  if (number < limit) return true;
  uint64_t sum = number;
  for (int shift = 0; shift < 35 && at != end; shift += 7) {
    const uint8_t byte = *at++;
    sum += uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) {
      number = static_cast<uint32_t>(sum);
      return sum <= UINT32_MAX;
    }
  }
  return false;
}

}  // namespace astray::http2::hpack
