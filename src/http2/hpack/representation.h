#pragma once
#include <cstdint>

namespace astray::http2::hpack {

/// The first bits of a byte, and how many others behind them are a number's.
struct Representation {
  uint8_t first;
  int number_bits;

  constexpr bool begins(uint8_t byte) const { return byte >> number_bits == first >> number_bits; }
};

// RFC 7541 section 6: of an index, of the index of a name or 0, or of a size.
inline constexpr Representation indexed_line{0x80, 7};
inline constexpr Representation literal_to_index{0x40, 6};
inline constexpr Representation table_update{0x20, 5};
inline constexpr Representation literal_never_indexed{0x10, 4};
inline constexpr Representation literal_not_indexed{0x00, 4};

// Section 5.2: of the size of a string.
inline constexpr Representation huffman_string{0x80, 7};
inline constexpr Representation plain_string{0x00, 7};

}  // namespace astray::http2::hpack
