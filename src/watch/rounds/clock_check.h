#pragma once
#include <optional>
#include <string>

#include "base/instant.h"
#include "base/monotonic_time.h"

namespace astray::watch {

/// Whether the wall clock, which stamps and certificates go by, went on as the monotonic one did, which paces.
class ClockCheck {
 public:
  /// What is wrong with the time since the last look, one sentence; nothing when all is well.
  std::optional<std::string> look(Instant wall, MonotonicTime monotonic);
  /// More than a leap second, and than a clock that is slowly set right.
  static constexpr int64_t most_seconds_apart = 5;

 private:
  struct Look {
    Instant wall;
    MonotonicTime monotonic;
  };
  std::optional<Look> last_;
};

}  // namespace astray::watch
