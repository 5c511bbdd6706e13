#pragma once
// Several tasks at once, for a handful of them (each wait looks at all). For thousands: TaskGroup.
#include <utility>
#include <vector>

#include "base/result.h"
#include "io/task.h"

namespace astray {

/// `co_await` it: starts those that are not started yet, and resumes when one has ended. The tasks stay the
/// caller's and outlive the wait; empty ones are passed over, and at least one must not be empty.
class AnyEnd final : TaskObserver {
 public:
  explicit AnyEnd(std::vector<TaskBase*> tasks) : tasks_(std::move(tasks)) {}
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> coroutine);
  /// Which one ended: the first in order.
  size_t await_resume();
  ~AnyEnd() { stop_observing(); }

 private:
  std::coroutine_handle<> on_task_end() override;
  void stop_observing();
  std::vector<TaskBase*> tasks_;
  std::coroutine_handle<> coroutine_;
  bool observes_ = false;
};

template <typename T>
std::vector<TaskBase*> pointers_to(std::vector<Task<T>>& tasks) {
  std::vector<TaskBase*> pointers;
  for (Task<T>& task : tasks) pointers.push_back(&task);
  return pointers;
}

template <typename T>
struct RaceWinner {
  size_t index;
  T value;
};

/// The first to end, in the order given where several end at once; the others are cancelled. Not for none.
template <typename T>
Task<RaceWinner<T>> race(std::vector<Task<T>> tasks) {
  AnyEnd any(pointers_to(tasks));
  size_t index = co_await any;
  RaceWinner<T> winner{index, tasks[index].take()};
  tasks.clear();
  co_return winner;
}

/// The first that succeeds, the others are cancelled; or every failure, in the order given.
template <typename T, typename E>
Task<Result<T, std::vector<E>>> first_success(std::vector<Task<Result<T, E>>> tasks) {
  std::vector<std::optional<E>> failures(tasks.size());
  for (size_t ended = 0; ended < failures.size(); ++ended) {
    AnyEnd any(pointers_to(tasks));
    size_t index = co_await any;
    Result<T, E> result = tasks[index].take();
    tasks[index].cancel();
    if (result) {
      tasks.clear();
      co_return std::move(*result);
    }
    failures[index] = std::move(result.error());
  }
  std::vector<E> in_order;
  for (std::optional<E>& failure : failures) in_order.push_back(std::move(*failure));
  co_return Failure<std::vector<E>>(std::move(in_order));
}

/// Every value, in the order given.
template <typename T>
Task<std::vector<T>> all_of(std::vector<Task<T>> tasks) {
  std::vector<std::optional<T>> values(tasks.size());
  for (size_t ended = 0; ended < values.size(); ++ended) {
    AnyEnd any(pointers_to(tasks));
    size_t index = co_await any;
    values[index].emplace(tasks[index].take());
    tasks[index].cancel();
  }
  std::vector<T> in_order;
  for (std::optional<T>& value : values) in_order.push_back(std::move(*value));
  co_return in_order;
}

}  // namespace astray
