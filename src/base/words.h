#pragma once
// Several bytes of a text looked at together, in the order that the machine has them.
#include <cstdint>
#include <cstring>

namespace astray {

template <typename Word>
[[gnu::always_inline]] inline Word word_at(const char* bytes) {
  Word word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

constexpr uint64_t eight_times(uint8_t byte) {
  return uint64_t{0x0101010101010101} * byte;
}

}  // namespace astray
