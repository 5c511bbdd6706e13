#pragma once
#include <memory>
#include <vector>

#include "io/epoll_loop.h"
#include "io/task.h"

namespace astray {

/// Takes the given signals (SIGINT, SIGTERM, …) from their default action while it lives, in the thread that
/// made it and those started later, and hands them out one by one. One per process.
class SignalQueue {
 public:
  SignalQueue(EpollLoop& loop, std::vector<int> signals);
  ~SignalQueue();

  /// The number of the next signal. One task at a time.
  Task<int> next();

 private:
  class Watch;
  std::unique_ptr<Watch> watch_;
};

}  // namespace astray
