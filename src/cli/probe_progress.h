#pragma once
#include <chrono>

#include "cli/console.h"
#include "probe/prober.h"

namespace astray {

/// A bar on the terminal: how many cells are done, how many failed, how long it may still take.
class ProbeProgressLine {
 public:
  enum class When : uint8_t { never, on_terminal };
  ProbeProgressLine(Console& console, When when) : console_(console), when_(when), started_(Clock::now()) {}

  void show(const ProbeProgress& state);
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  Console& console_;
  When when_;
  Clock::time_point started_;
  Clock::time_point shown_at_{};
  bool visible_ = false;
};

}  // namespace astray
