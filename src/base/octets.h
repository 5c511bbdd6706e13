#pragma once
// Numbers in network byte order, as frames and headers in binary have them.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace astray {

/// The first `count` bytes (at most 4, which `bytes` must have).
inline uint32_t read_number(std::string_view bytes, size_t count) {
  uint32_t number = 0;
  for (char byte : bytes.substr(0, count)) number = number << 8 | static_cast<uint8_t>(byte);
  return number;
}

/// The lowest `count` bytes, to where there is room for them. One behind the last.
inline char* write_number(char* to, uint32_t number, size_t count) {
  for (size_t i = count; i > 0; --i) *to++ = static_cast<char>(number >> (8 * (i - 1)));
  return to;
}
/// `count`: at most 4.
inline void put_number(std::string& bytes, uint32_t number, size_t count) {
  char written[4];
  bytes.append(written, write_number(written, number, count));
}

}  // namespace astray
