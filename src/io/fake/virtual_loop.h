#pragma once
#include "io/loop.h"

namespace astray::fake {

/// The loop without sockets in virtual time: when nothing is ready, time jumps to the next deadline; without
/// one the loop is stalled. A turn that does not wait costs a microsecond, so that a busy flow still meets
/// its deadline.
class VirtualLoop final : public Loop {
 public:
  VirtualLoop() : Loop(MonotonicTime(std::chrono::hours(1))), clock_(now()), start_(now()) {}

  /// Virtual time since the beginning.
  Duration elapsed() const { return clock_ - start_; }

 private:
  MonotonicTime read_clock() override { return clock_; }
  Turn collect(std::optional<MonotonicTime> until) override;

  MonotonicTime clock_;
  MonotonicTime start_;
};

}  // namespace astray::fake
