#include "tls/base64.h"

#include <array>
#include <cstdint>

namespace astray {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr int8_t blank = -1;
constexpr int8_t padding = -2;
constexpr int8_t invalid = -3;

constexpr std::array<int8_t, 256> values = [] {
  std::array<int8_t, 256> table{};
  table.fill(invalid);
  for (size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<uint8_t>(alphabet[i])] = static_cast<int8_t>(i);
  for (char c : {' ', '\t', '\r', '\n'}) table[static_cast<uint8_t>(c)] = blank;
  table['='] = padding;
  return table;
}();

}  // namespace

std::optional<std::string> decode_base64(std::string_view text) {
  std::string bytes(text.size() / 4 * 3 + 3, '\0');
  char* out = bytes.data();
  uint32_t group = 0;
  size_t digits = 0;
  size_t paddings = 0;
  for (char c : text) {
    int8_t value = values[static_cast<uint8_t>(c)];
    if (value >= 0 && paddings == 0) {
      group = group << 6 | static_cast<uint32_t>(value);
      if (++digits % 4 != 0) continue;
      *out++ = static_cast<char>(group >> 16);
      *out++ = static_cast<char>(group >> 8);
      *out++ = static_cast<char>(group);
    } else if (value == padding) {
      ++paddings;
    } else if (value != blank) {
      return std::nullopt;
    }
  }

  size_t left = digits % 4;
  if (left == 1 || paddings != (4 - left) % 4) return std::nullopt;
  if (left == 2) *out++ = static_cast<char>(group >> 4);
  if (left == 3) {
    *out++ = static_cast<char>(group >> 10);
    *out++ = static_cast<char>(group >> 2);
  }
  if (out == bytes.data()) return std::nullopt;
  bytes.resize(static_cast<size_t>(out - bytes.data()));
  return bytes;
}

std::string encode_base64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t j = i; j < i + 3; ++j)
      group = group << 8 | (j < bytes.size() ? static_cast<uint8_t>(bytes[j]) : 0u);
    for (int shift : {18, 12, 6, 0}) text += alphabet[group >> shift & 63];
  }
  const size_t padding_size = (3 - bytes.size() % 3) % 3;
  text.replace(text.size() - padding_size, padding_size, padding_size, '=');
  return text;
}

}  // namespace astray
