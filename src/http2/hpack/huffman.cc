#include "http2/hpack/huffman.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace astray::http2::hpack {
namespace {

constexpr size_t symbols = 257;
constexpr size_t end_of_string = 256;
constexpr int longest_code = 30;

// Bits of the code of each byte and of EOS. The code is canonical (appendix B: codes of one length rise with
// their symbols, and go on where those of the length before end), so that all else follows.
constexpr std::array<uint8_t, symbols> code_sizes = {
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,  // 0
    28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,  // 16
    6,  10, 10, 12, 13, 6,  8,  11, 10, 10, 8,  11, 8,  6,  6,  6,   // ' '
    5,  5,  5,  6,  6,  6,  6,  6,  6,  6,  7,  8,  15, 6,  12, 10,  // '0'
    13, 6,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,   // '@'
    7,  7,  7,  7,  7,  7,  7,  7,  8,  7,  8,  13, 19, 13, 14, 6,   // 'P'
    15, 5,  6,  5,  6,  5,  6,  6,  6,  5,  7,  7,  6,  6,  6,  5,   // '`'
    6,  7,  6,  5,  5,  6,  7,  7,  7,  7,  7,  15, 11, 14, 13, 28,  // 'p'
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,  // 128
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,  // 144
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,  // 160
    21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,  // 176
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,  // 192
    19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,  // 208
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,  // 224
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,  // 240
    30};

struct Code {
  std::array<uint32_t, symbols> codes{};           ///< in the low bits
  std::array<uint16_t, symbols> by_code{};         ///< the symbols in the order of their codes
  std::array<uint32_t, longest_code + 1> first{};  ///< of each size, at the top of 32 bits
  /// One behind the last of each size, at the top of 32 bits: what stands in front of more bits is below that
  /// exactly when its code has at most this size.
  std::array<uint64_t, longest_code + 1> end{};
  std::array<uint16_t, longest_code + 1> place{};  ///< in `by_code`, of the first of each size
};

constexpr Code make_code() {
  Code code;
  uint32_t next = 0;
  uint16_t place = 0;
  for (int size = 1; size <= longest_code; ++size) {
    next <<= 1;
    code.first[size] = next << (32 - size);
    code.place[size] = place;
    for (size_t symbol = 0; symbol < symbols; ++symbol) {
      if (code_sizes[symbol] != size) continue;
      code.codes[symbol] = next++;
      code.by_code[place++] = static_cast<uint16_t>(symbol);
    }
    code.end[size] = uint64_t{next} << (32 - size);
  }
  return code;
}
constexpr Code code = make_code();
static_assert(code.end[longest_code] == uint64_t{1} << 32, "the code is complete");
static_assert(code.codes['a'] == 3 && code.codes['Z'] == 0xfd && code.codes[end_of_string] == 0x3fffffff);

/// All codes of what is usual in heads: letters, digits and most signs.
constexpr unsigned short_bits = 10;
constexpr unsigned symbol_shift = 8;
/// By the next bits: the symbol, and below it the size of its code; 0 if that is longer.
using Short = uint16_t;
constexpr unsigned size_of(Short next) {
  return next & 0xffU;
}
constexpr char symbol_of(Short next) {
  return static_cast<char>(next >> symbol_shift);
}
constexpr std::array<Short, 1 << short_bits> make_shorts() {
  std::array<Short, 1 << short_bits> shorts{};
  for (size_t symbol = 0; symbol < end_of_string; ++symbol) {
    if (code_sizes[symbol] > short_bits) continue;
    const unsigned rest = short_bits - code_sizes[symbol];
    for (uint32_t i = 0; i < uint32_t{1} << rest; ++i)
      shorts[(code.codes[symbol] << rest) + i] =
          static_cast<Short>(symbol << symbol_shift | code_sizes[symbol]);
  }
  return shorts;
}
constexpr std::array<Short, 1 << short_bits> shorts = make_shorts();

struct Symbol {
  uint16_t symbol;
  unsigned size;
};
/// Of the code at the top of `bits`, which is in no entry of `shorts`.
[[gnu::noinline]] Symbol long_symbol(uint64_t bits) {
  const auto top = static_cast<uint32_t>(bits >> 32);
  unsigned size = short_bits + 1;
  while (top >= code.end[size]) ++size;
  return {code.by_code[code.place[size] + ((top - code.first[size]) >> (32 - size))], size};
}
Symbol next_symbol(uint64_t bits) {
  const Short next = shorts[bits >> (64 - short_bits)];
  if (size_of(next) == 0) return long_symbol(bits);
  return {static_cast<uint8_t>(symbol_of(next)), size_of(next)};
}

uint64_t load_eight(const char* from) {
  uint64_t bytes = 0;
  std::memcpy(&bytes, from, sizeof bytes);
  if constexpr (std::endian::native == std::endian::little) bytes = __builtin_bswap64(bytes);
  return bytes;
}

void store_four(char* to, uint32_t bytes) {
  if constexpr (std::endian::native == std::endian::little) bytes = __builtin_bswap32(bytes);
  std::memcpy(to, &bytes, sizeof bytes);
}

}  // namespace

char* put_huffman(char* to, std::string_view text) {
  const char* const end = to + text.size();
  uint64_t bits = 0;
  unsigned count = 0;  // of those that are not yet written, in the low bits
  for (const char c : text) {
    const auto symbol = static_cast<uint8_t>(c);
    bits = bits << code_sizes[symbol] | code.codes[symbol];
    count += code_sizes[symbol];
    if (count < 32) continue;
    if (end - to < 4) return nullptr;
    count -= 32;
    store_four(to, static_cast<uint32_t>(bits >> count));
    to += 4;
  }
  if (end - to <= static_cast<ptrdiff_t>((count + 7) / 8)) return nullptr;
  for (; count >= 8; ++to) {
    count -= 8;
    *to = static_cast<char>(bits >> count);
  }
  if (count != 0) *to++ = static_cast<char>(bits << (8 - count) | 0xffU >> count);
  return to;
}

char* read_huffman(char* to, std::string_view coded) {
  const char* from = coded.data();
  const char* const end = from + coded.size();
  uint64_t bits =
      0;  // at the top, those that were read and not yet decoded; below, what comes next, or zeros
  unsigned count = 0;  // of the former
  constexpr unsigned at_once = 5;
  for (;;) {
    if (end - from >= 8) {
      bits |= load_eight(from) >> count;
      from += (63 - count) >> 3;
      count |= 56;
    } else {
      for (; count <= 56 && from != end; count += 8)
        bits |= uint64_t{static_cast<uint8_t>(*from++)} << (56 - count);
    }
    if (count < at_once * short_bits) break;
    const uint64_t bits_before = bits;
    unsigned sizes = 0;  // in the low byte
    Short next = 0;
#pragma GCC unroll 5
    for (unsigned i = 0; i < at_once; ++i) {
      next = shorts[bits >> (64 - short_bits)];
      to[i] = symbol_of(next);
      bits <<= size_of(next) % 64;
      sizes += next;
    }
    if (size_of(next) != 0) [[likely]] {
      count -= sizes & 0xff;
      to += at_once;
      continue;
    }
    // A longer code is not passed. Up to and with it, once more.
    bits = bits_before;
    for (bool is_long = false; !is_long;) {
      const Symbol symbol = next_symbol(bits);
      if (symbol.size > count) break;
      if (symbol.symbol == end_of_string) return nullptr;
      *to++ = static_cast<char>(symbol.symbol);
      bits <<= symbol.size;
      count -= symbol.size;
      is_long = symbol.size > short_bits;
    }
  }
  while (count != 0) {
    const Symbol symbol = next_symbol(bits);
    if (symbol.size > count) break;
    if (symbol.symbol == end_of_string) return nullptr;
    *to++ = static_cast<char>(symbol.symbol);
    bits <<= symbol.size;
    count -= symbol.size;
  }
  const bool is_padding = count == 0 || (count < 8 && ~bits >> (64 - count) == 0);
  return is_padding ? to : nullptr;
}

}  // namespace astray::http2::hpack
