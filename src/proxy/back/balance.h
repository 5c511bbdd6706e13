#pragma once
// Which of a back's addresses a request takes. Pure: facts in, an index out.
#include <cstdint>
#include <optional>
#include <span>

#include "base/monotonic_time.h"
#include "gateway/configuration/back_settings.h"

namespace astray::proxy {

enum class Availability : uint8_t {
  ready,
  full,     ///< no place for another connection; a request would wait
  resting,  ///< failed several times in a row (passive health)
  failed,   ///< fails the gateway's own checks (active health)
  tried,    ///< by this request, in vain
};

struct Candidate {
  Availability availability = Availability::ready;
  uint32_t active = 0;        ///< requests under way there, of this worker
  uint64_t identity = 0;      ///< hash_of() its endpoint
  MonotonicTime rest_ends{};  ///< of Availability::resting
};

/// Chooses among those that are ready; else among those that are full; else the one of the resting that has
/// rested longest; else nobody.
class Balance {
 public:
  /// Equal seeds choose alike.
  Balance(gateway::BalancingMethod method, uint64_t seed);

  /// `hash`: of what consistent hashing looks at. With it, an address that comes or goes moves no request
  /// but those that it takes or had (rendezvous hashing: Thaler, Ravishankar 1998).
  std::optional<size_t> choose(std::span<const Candidate> candidates, uint64_t hash);

 private:
  size_t choose_among(std::span<const Candidate> candidates, Availability wanted, size_t count,
                      uint64_t hash);
  uint64_t draw();

  gateway::BalancingMethod method_;
  uint64_t state_;
  size_t next_;  ///< of round robin
};

}  // namespace astray::proxy
