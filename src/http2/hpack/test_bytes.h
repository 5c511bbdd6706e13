#pragma once
// Blocks as RFC 7541 appendix C shows them, and decoded lines, for tests.
#include <cctype>
#include <string>
#include <string_view>

#include "http2/hpack/decoder.h"
#include "http2/hpack/encoder.h"
#include "support/exact_buffer.h"

namespace astray::http2::hpack::test {

/// Of pairs of hexadecimal digits, between which blanks may stand.
inline std::string from_hex(std::string_view digits) {
  std::string bytes;
  int high = -1;
  for (const char digit : digits) {
    if (digit == ' ') continue;
    const int number = std::isdigit(static_cast<unsigned char>(digit)) != 0 ? digit - '0' : digit - 'a' + 10;
    if (high < 0) {
      high = number;
      continue;
    }
    bytes += static_cast<char>(high * 16 + number);
    high = -1;
  }
  return bytes;
}

inline std::string to_hex(std::string_view bytes) {
  std::string digits;
  for (const char c : bytes) {
    digits += "0123456789abcdef"[static_cast<uint8_t>(c) >> 4];
    digits += "0123456789abcdef"[c & 0xf];
  }
  return digits;
}

using Outcome = HpackDecoder::Outcome;
inline constexpr HpackDecoder::Limits no_limits{.bytes = SIZE_MAX, .fields = SIZE_MAX, .patience = 1};

struct Decoded {
  Outcome outcome;
  Fields fields;

  bool operator==(const Decoded&) const = default;
};

inline Decoded decode(HpackDecoder& decoder, std::string_view block,
                      const HpackDecoder::Limits& limits = no_limits) {
  const astray::test::ExactBuffer exact(block);
  Decoded decoded{};
  decoded.outcome = decoder.decode(exact.view(), &decoded.fields, limits);
  return decoded;
}

inline std::string encode(HpackEncoder& encoder, const Fields& fields) {
  ByteBlock block;
  encoder.encode(fields, block);
  return std::string(block.view());
}

inline void PrintTo(Outcome outcome, std::ostream* to) {
  *to << "outcome " << static_cast<int>(outcome);
}
inline void PrintTo(const Decoded& decoded, std::ostream* to) {
  PrintTo(decoded.outcome, to);
  for (const Field field : decoded.fields) *to << " " << field.name << "=" << field.value;
}

}  // namespace astray::http2::hpack::test
