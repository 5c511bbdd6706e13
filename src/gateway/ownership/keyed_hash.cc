#include "gateway/ownership/keyed_hash.h"

#include <sys/random.h>

#include <bit>
#include <cerrno>
#include <cstring>

#include "base/check.h"

namespace astray::gateway {
namespace {

struct State {
  uint64_t v0, v1, v2, v3;

  void mix() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void absorb(uint64_t word) {
    v3 ^= word;
    mix();
    v0 ^= word;
  }
};

template <typename Word>
uint64_t load(const char* at) {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

/// The last 0–7 bytes as a little-endian number, in loads of fixed size: a memcpy of unknown length is a
/// call.
uint64_t load_tail(const char* at, size_t size) {
  if (size >= 4) return load<uint32_t>(at) | load<uint32_t>(at + size - 4) << (8 * (size - 4));
  if (size == 0) return 0;
  size_t middle = size / 2;
  return load<uint8_t>(at) | load<uint8_t>(at + middle) << (8 * middle) |
         load<uint8_t>(at + size - 1) << (8 * (size - 1));
}

}  // namespace

HashKey HashKey::random() {
  HashKey key;
  ssize_t got;
  do {
    got = getrandom(&key, sizeof key, 0);
  } while (got < 0 && errno == EINTR);
  CHECK(got == sizeof key);  // up to 256 bytes come whole once the kernel's generator is ready (getrandom(2))
  return key;
}

uint64_t keyed_hash(const HashKey& key, std::string_view text) {
  State state{key.low ^ 0x736f6d6570736575, key.high ^ 0x646f72616e646f6d, key.low ^ 0x6c7967656e657261,
              key.high ^ 0x7465646279746573};
  const char* at = text.data();
  size_t left = text.size();
  for (; left >= 8; at += 8, left -= 8) state.absorb(load<uint64_t>(at));
  state.absorb(static_cast<uint64_t>(text.size()) << 56 | load_tail(at, left));
  state.v2 ^= 0xff;
  state.mix();
  state.mix();
  state.mix();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}  // namespace astray::gateway
