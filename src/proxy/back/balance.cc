#include "proxy/back/balance.h"

#include <algorithm>

#include "proxy/back/back_key.h"

namespace astray::proxy {
namespace {

/// The index of the `place`th candidate that is `wanted`.
size_t place_among(std::span<const Candidate> candidates, Availability wanted, size_t place) {
  for (size_t i = 0;; ++i) {
    if (candidates[i].availability == wanted && place-- == 0) return i;
  }
}

/// The first wanted candidate, from `begin` on and round, that no other is better than.
template <typename Better>
size_t best_from(std::span<const Candidate> candidates, Availability wanted, size_t begin, Better better) {
  std::optional<size_t> best;
  for (size_t step = 0; step < candidates.size(); ++step) {
    const size_t i = (begin + step) % candidates.size();
    if (candidates[i].availability != wanted) continue;
    if (!best || better(candidates[i], candidates[*best])) best = i;
  }
  return *best;
}

}  // namespace

Balance::Balance(gateway::BalancingMethod method, uint64_t seed)
    : method_(method), state_(seed), next_(static_cast<size_t>(draw() >> 32)) {}

// SplitMix64 (Steele, Lea, Flood 2014).
uint64_t Balance::draw() {
  state_ += 0x9e3779b97f4a7c15ULL;
  return mixed(state_);
}

size_t Balance::choose_among(std::span<const Candidate> candidates, Availability wanted, size_t count,
                             uint64_t hash) {
  using gateway::BalancingMethod;
  switch (method_) {
    case BalancingMethod::round_robin: {
      const size_t chosen = best_from(candidates, wanted, next_ % candidates.size(),
                                      [](const Candidate&, const Candidate&) { return false; });
      next_ = chosen + 1;
      return chosen;
    }
    case BalancingMethod::least_requests:
      // From a place that moves: equals take turns.
      return best_from(candidates, wanted, next_++ % candidates.size(),
                       [](const Candidate& a, const Candidate& b) { return a.active < b.active; });
    case BalancingMethod::two_choices: {
      const uint64_t drawn = draw();
      const size_t first = (drawn & 0xffffffff) % count;
      const size_t other = (first + 1 + (drawn >> 32) % std::max<size_t>(1, count - 1)) % count;
      const size_t a = place_among(candidates, wanted, first);
      const size_t b = place_among(candidates, wanted, other);
      return candidates[b].active < candidates[a].active ? b : a;
    }
    case BalancingMethod::consistent_hash:
      return best_from(candidates, wanted, 0, [&](const Candidate& a, const Candidate& b) {
        return mixed(a.identity ^ mixed(hash)) > mixed(b.identity ^ mixed(hash));
      });
  }
  return 0;
}

std::optional<size_t> Balance::choose(std::span<const Candidate> candidates, uint64_t hash) {
  for (const Availability wanted : {Availability::ready, Availability::full}) {
    const auto count = static_cast<size_t>(std::count_if(
        candidates.begin(), candidates.end(), [&](const Candidate& c) { return c.availability == wanted; }));
    if (count == 1) return place_among(candidates, wanted, 0);
    if (count != 0) return choose_among(candidates, wanted, count, hash);
  }
  std::optional<size_t> rested;
  for (size_t i = 0; i < candidates.size(); ++i) {
    if (candidates[i].availability != Availability::resting) continue;
    if (!rested || candidates[i].rest_ends < candidates[*rested].rest_ends) rested = i;
  }
  return rested;
}

}  // namespace astray::proxy
