#include "io/fake/virtual_loop.h"

#include <algorithm>

namespace astray::fake {

Loop::Turn VirtualLoop::collect(std::optional<MonotonicTime> until) {
  if (!until) return Turn::stalled;
  clock_ = std::max(*until, clock_ + std::chrono::microseconds(1));
  return Turn::worked;
}

}  // namespace astray::fake
