#pragma once
// What the HTTP/1 targets share.
#include <cstdint>
#include <string_view>

namespace astray::fuzzing {

/// The first byte of an input says how the rest is used; the rest are the peer's bytes.
struct Input {
  uint8_t choices = 0;
  std::string_view bytes{};
};

inline Input input_of(const uint8_t* data, size_t size) {
  if (size == 0) return {};
  return {data[0], std::string_view(reinterpret_cast<const char*>(data) + 1, size - 1)};
}

}  // namespace astray::fuzzing
