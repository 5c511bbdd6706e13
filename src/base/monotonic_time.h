#pragma once
#include <chrono>

namespace astray {

/// A span of time, in nanoseconds.
using Duration = std::chrono::nanoseconds;
/// A point of a clock that never goes back; only differences mean something. Read by io/ alone and passed in
/// everywhere else, so that tests run in virtual time.
using MonotonicTime = std::chrono::time_point<std::chrono::steady_clock, Duration>;

}  // namespace astray
