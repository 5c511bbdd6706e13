#pragma once
// Task<T>: a coroutine that starts when it is awaited (or spawned on a Loop), owns its frame, and is
// cancelled by destroying it. To cancel means: the frame's locals are destroyed, innermost first; every
// awaitable of io/ takes itself out of the loop, the timers or the socket in its destructor. A task must not
// destroy itself.
//
//   Task<int> twice(Stream& stream);          // named function or member, parameters by value or with an
//   owner int answer = co_await twice(stream);
//
// No exception leaves a task: one that does stops the process.
//
// Stack: gcc makes no tail call of a symmetric transfer at -O0. So nothing here transfers: a task that ends
// at once lets its parent go on in the parent's own frame, one that ends later hands its parent to the loop's
// innermost call. A loop of a million awaits needs no more stack than one.
#include <coroutine>
#include <optional>
#include <utility>

#include "base/check.h"
#include "io/task_base.h"

namespace astray {

template <typename T>
class TaskPromise;

template <typename T = void>
class [[nodiscard]] Task : public TaskBase {
 public:
  using promise_type = TaskPromise<T>;

  Task() = default;
  /// The value of a task that ended; once.
  T take() {
    CHECK(ended());
    return std::coroutine_handle<promise_type>::from_address(frame_address()).promise().take();
  }

  auto operator co_await() && noexcept {
    struct Awaiter {
      Task& task;
      bool await_ready() const noexcept { return false; }
      bool await_suspend(std::coroutine_handle<> waiting) {
        task.start();
        if (task.ended()) return false;
        task.await_end(waiting);
        return true;
      }
      T await_resume() { return task.take(); }
    };
    return Awaiter{*this};
  }

 private:
  friend promise_type;
  explicit Task(promise_type& promise)
      : TaskBase(std::coroutine_handle<promise_type>::from_promise(promise), promise) {}
};

template <typename T>
class TaskPromise : public TaskPromiseBase {
 public:
  Task<T> get_return_object() { return Task<T>(*this); }
  template <typename U>
  void return_value(U&& value) {
    value_.emplace(std::forward<U>(value));
  }
  T take() { return std::move(*value_); }

 private:
  std::optional<T> value_;
};

template <>
class TaskPromise<void> : public TaskPromiseBase {
 public:
  Task<void> get_return_object() { return Task<void>(*this); }
  void return_void() const noexcept {}
  void take() const noexcept {}
};

}  // namespace astray
