#pragma once
#include "io/epoll_loop.h"
#include "io/wait_queue.h"

namespace astray {

/// An edge-triggered watch for reading that wakes whoever waits.
class WakingWatch final : public DescriptorWatch {
 public:
  WakingWatch(EpollLoop& loop, int descriptor, WaitQueue& waiting)
      : DescriptorWatch(loop, descriptor, Interest::read, Trigger::edge), waiting_(waiting) {}
  void on_readiness(Readiness) override { waiting_.wake_all(); }

 private:
  WaitQueue& waiting_;
};

}  // namespace astray
