#pragma once
#include <chrono>
#include <deque>

#include "base/monotonic_time.h"

namespace astray::watch {

/// So many in any stretch of so long.
class RateLimit {
 public:
  RateLimit(size_t most, Duration within) : most_(most), within_(within) {}

  /// False: it would be one too many, and does not count.
  bool admit(MonotonicTime now) {
    while (!admitted_.empty() && admitted_.front() + within_ <= now) admitted_.pop_front();
    if (admitted_.size() >= most_) return false;
    admitted_.push_back(now);
    return true;
  }

 private:
  size_t most_;
  Duration within_;
  std::deque<MonotonicTime> admitted_;
};

}  // namespace astray::watch
