#include "explain/story/open_connections.h"

#include <algorithm>
#include <bit>
#include <iterator>

namespace astray::explain {

OpenConnections::OpenConnections(size_t bound) : sets_(std::bit_ceil(std::max(bound, set_size)) / set_size) {}

OpenConnections::Found OpenConnections::find(uint64_t key) {
  Set& set = sets_[set_of(key)];
  // Where in its set it is nobody can predict: no branch for each of the eight.
  unsigned found = 0;
  for (unsigned i = 0; i < set_size; ++i) found |= static_cast<unsigned>(set.keys[i] == key) << i;
  const size_t at = found != 0 ? static_cast<size_t>(std::countr_zero(found))
                               : static_cast<size_t>(std::find(std::begin(set.ages), std::end(set.ages), set_size - 1) - std::begin(set.ages));
  if (const uint8_t age = set.ages[at]; age != 0) {
    for (uint8_t& other : set.ages) other = static_cast<uint8_t>(other + (other < age));
    set.ages[at] = 0;
  }
  if (found == 0) {
    if (set.keys[at] != 0) ++evicted_;
    set.keys[at] = key;
    set.connections[at] = OpenConnection{};
  }
  return {set.connections[at], found != 0};
}

}  // namespace astray::explain
