#include "explain/open_connections.h"

#include <algorithm>
#include <bit>

namespace astray::explain {

OpenConnections::OpenConnections(size_t bound)
    : slots_(std::bit_ceil(std::max(bound, set_size))), set_mask_(slots_.size() / set_size - 1) {}

OpenConnections::Found OpenConnections::find(uint64_t key) {
  OpenConnection* const set = slots_.data() + ((key >> 8U) & set_mask_) * set_size;
  OpenConnection* oldest = set;
  ++looks_;
  for (OpenConnection* at = set; at != set + set_size; ++at) {
    if (at->key == key) {
      at->seen = looks_;
      return {*at, true};
    }
    if (at->seen < oldest->seen) oldest = at;
  }
  if (oldest->key != 0) ++evicted_;
  *oldest = OpenConnection{};
  oldest->key = key;
  oldest->seen = looks_;
  return {*oldest, false};
}

}  // namespace astray::explain
