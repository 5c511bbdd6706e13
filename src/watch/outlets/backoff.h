#pragma once
#include <cstdint>
#include <random>

#include "base/monotonic_time.h"

namespace astray::watch {

/// How long to wait before the next attempt: twice as long each time, up to a limit, and between half of that
/// and the whole, so that many watchers do not come back at the same moment.
class Backoff {
 public:
  explicit Backoff(uint64_t seed, Duration first = std::chrono::seconds(1),
                   Duration most = std::chrono::minutes(5))
      : random_(seed), first_(first), most_(most), next_(first) {}

  Duration next();
  void reset() { next_ = first_; }

 private:
  std::mt19937_64 random_;
  Duration first_, most_, next_;
};

}  // namespace astray::watch
