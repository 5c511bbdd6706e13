#pragma once
#include <type_traits>

#include "base/result.h"
#include "io/loop.h"

namespace astray {

struct TimedOut {
  bool operator==(const TimedOut&) const = default;
};

/// `co_await` it: starts the task, if need be, and resumes when it has ended or the deadline has passed,
/// whichever is first. The task stays the caller's and outlives the wait.
class EndOrDeadline final : TaskObserver, Timer {
 public:
  EndOrDeadline(Loop& loop, TaskBase& task, MonotonicTime deadline)
      : loop_(loop), task_(task), time_(deadline) {}
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> coroutine);
  void await_resume() { stop_observing(); }
  ~EndOrDeadline() override { stop_observing(); }

 private:
  void stop_observing();
  std::coroutine_handle<> on_task_end() override;
  void on_deadline(MonotonicTime now) override;
  Loop& loop_;
  TaskBase& task_;
  MonotonicTime time_;
  std::coroutine_handle<> coroutine_;
  Resumption resumption_;
  bool observes_ = false;
};

/// The task's value, or TimedOut once the deadline has passed: the task is cancelled by then. A task that
/// ends without waiting is in time whatever the deadline.
template <typename T>
Task<Result<T, TimedOut>> with_deadline(Loop& loop, Task<T> task, MonotonicTime deadline) {
  EndOrDeadline first(loop, task, deadline);
  co_await first;
  if (!task.ended()) {
    task.cancel();
    co_return Failure<TimedOut>(TimedOut{});
  }
  if constexpr (std::is_void_v<T>)
    co_return Result<T, TimedOut>();
  else
    co_return task.take();
}

}  // namespace astray
