#pragma once
#include <cstdint>
#include <string_view>

namespace astray::http2::fuzzing {

/// A fuzzer's bytes, from which choices are made; 0 when there are no more.
struct Input {
  std::string_view rest;

  uint8_t byte() {
    if (rest.empty()) return 0;
    const auto byte = static_cast<uint8_t>(rest.front());
    rest.remove_prefix(1);
    return byte;
  }
  /// So many, or what is left.
  std::string_view bytes(size_t size) {
    const std::string_view bytes = rest.substr(0, size);
    rest.remove_prefix(bytes.size());
    return bytes;
  }
};

}  // namespace astray::http2::fuzzing
