#include "http2/hpack_literal.h"

namespace astray::http2 {
namespace {

// RFC 7541 section 5.1: an integer in the low `bits` of a first byte, whose other bits are `first`.
void put_integer(std::string& block, uint8_t first, int bits, size_t number) {
  size_t limit = (size_t{1} << bits) - 1;
  if (number < limit) {
    block += static_cast<char>(first | number);
    return;
  }
  block += static_cast<char>(first | limit);
  number -= limit;
  for (; number >= 128; number >>= 7) block += static_cast<char>((number & 0x7f) | 0x80);
  block += static_cast<char>(number);
}

// RFC 7541 section 5.2, with H = 0.
void put_string(std::string& block, std::string_view text) {
  put_integer(block, 0, 7, text.size());
  block += text;
}

}  // namespace

std::string literal_block(const Fields& fields) {
  std::string block;
  for (const Field field : fields) {
    block += '\0';
    put_string(block, field.name);
    put_string(block, field.value);
  }
  return block;
}

std::string indexed_literal(const Field& field) {
  std::string block(1, '\x40');
  put_string(block, field.name);
  put_string(block, field.value);
  return block;
}

std::string indexed_field(uint32_t index) {
  std::string block;
  put_integer(block, 0x80, 7, index);
  return block;
}

}  // namespace astray::http2
