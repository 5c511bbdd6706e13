#include "gateway/routing/weighted_backs.h"

namespace astray::gateway {

void WeightedBacks::add(BackPosition back, uint32_t weight) {
  if (weight == 0) return;
  const uint64_t begin = shares_.empty() ? 0 : shares_.back().end;
  shares_.push_back({back, begin + weight});
}

std::optional<BackPosition> WeightedBacks::choose(uint32_t random) const {
  if (shares_.empty()) return std::nullopt;
  // total * random / 2^32, in two halves that 64 bits can hold.
  const uint64_t total = shares_.back().end;
  const uint64_t point = (total >> 32) * random + (((total & UINT32_MAX) * random) >> 32);
  for (const Share& share : shares_)
    if (point < share.end) return share.back;
  return std::nullopt;
}

std::vector<BackPosition> WeightedBacks::all() const {
  std::vector<BackPosition> backs;
  for (const Share& share : shares_) backs.push_back(share.back);
  return backs;
}

}  // namespace astray::gateway
