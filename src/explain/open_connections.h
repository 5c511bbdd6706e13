#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "explain/name_list.h"

namespace astray::explain {

/// What is remembered of a connection while its requests may still come.
struct OpenConnection {
  uint64_t key = 0;  ///< 0: free
  int64_t seen = 0;  ///< a count that grows with each look, for eviction
  NameId sni = NameId::not_logged;
  NameId first_authority = NameId::not_logged;
  NameId client = NameId::not_logged;
  NameId recent[4] = {};     ///< the last authorities, the newest first; equal neighbours once
  uint32_t requests = 0;
  uint32_t highest_number = 0;
  bool first_answered = false;  ///< a request for first_authority got another status than a refusal
};

/// A table of a fixed size: sets of eight, of which the one that was not seen for longest makes room.
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
  size_t bound() const { return slots_.size(); }
  /// Connections that made room while they might still have been open.
  uint64_t evicted() const { return evicted_; }

 private:
  static constexpr size_t set_size = 8;
  std::vector<OpenConnection> slots_;
  size_t set_mask_;
  int64_t looks_ = 0;
  uint64_t evicted_ = 0;
};

}  // namespace astray::explain
