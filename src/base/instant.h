#pragma once
#include <compare>
#include <cstdint>

namespace astray {

/// A point in time: seconds since 1970-01-01T00:00:00Z. Never read from a clock below cli/: it is passed in.
struct Instant {
  int64_t unix_seconds = 0;
  auto operator<=>(const Instant&) const = default;
};

}  // namespace astray
