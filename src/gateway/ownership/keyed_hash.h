#pragma once
#include <cstdint>
#include <string_view>

namespace astray::gateway {

struct HashKey {
  uint64_t low = 0;
  uint64_t high = 0;

  /// 128 bits from the kernel's generator (getrandom); waits for it at boot.
  static HashKey random();
};

/// SipHash-1-3 (Aumasson, Bernstein: "SipHash: a fast short-input PRF"; 1 round a word, 3 at the end, the
/// variant of Rust's, Python's and Ruby's tables).
///
/// Why a keyed hash, and why this one is enough. Whoever may choose names (tenants of a shared gateway;
/// anyone who asks for hosts) could otherwise compute names that share a slot, and turn each lookup into a
/// walk over all of them. Who does not know the key cannot: the attacker would have to tell the hash from a
/// random function, and sees neither the hash nor the order of the slots, only answers after a network's
/// noise. The key is never stored or sent, and a reload draws another.
uint64_t keyed_hash(const HashKey& key, std::string_view text);

}  // namespace astray::gateway
