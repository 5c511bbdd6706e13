#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "explain/story/name_list.h"

namespace astray::explain {

/// What is remembered of a connection while its requests may still come.
struct OpenConnection {
  uint32_t requests = 0;
  NameId sni = NameId::not_logged;
  NameId first_authority = NameId::not_logged;
  NameId client = NameId::not_logged;
  NameId recent[4] = {};     ///< the last authorities, the newest first; equal neighbours once
  bool first_answered = false;  ///< a request for first_authority got another status than a refusal
};

/// A table of a fixed size: sets of eight, of which the one that was not seen for longest makes room. It is larger than a processor's
/// caches, so that what a look costs are the lines of memory that it touches: a set is four of them, side by side.
class OpenConnections {
 public:
  /// Rounded up to a power of two, at least 8.
  explicit OpenConnections(size_t bound);

  struct Found {
    OpenConnection& connection;
    bool known;  ///< it was there before
  };
  /// `key` is a hash, and not 0; its lowest byte chooses nothing.
  Found find(uint64_t key);
  /// Asks for the memory that find(key) is going to look at. Inline always: gcc takes a call for one without an effect and leaves it out.
  [[gnu::always_inline]] void fetch(uint64_t key) const {
    const char* const set = reinterpret_cast<const char*>(&sets_[set_of(key)]);
    for (size_t line = 0; line < sizeof(Set); line += cache_line) __builtin_prefetch(set + line);
  }
  size_t bound() const { return sets_.size() * set_size; }
  /// Connections that made room while they might still have been open.
  uint64_t evicted() const { return evicted_; }

 private:
  static constexpr size_t set_size = 8;
  static constexpr size_t cache_line = 64;  // bytes
  struct alignas(cache_line) Set {
    uint64_t keys[set_size] = {};  ///< 0: free
    uint8_t ages[set_size] = {0, 1, 2, 3, 4, 5, 6, 7};  ///< how many of the set were seen since; free ones are the oldest
    OpenConnection connections[set_size];
  };
  static_assert(sizeof(Set) == 4 * cache_line);
  size_t set_of(uint64_t key) const { return (key >> 8U) & (sets_.size() - 1); }

  std::vector<Set> sets_;
  uint64_t evicted_ = 0;
};

}  // namespace astray::explain
