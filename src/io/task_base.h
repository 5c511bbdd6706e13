#pragma once
// What a task is whatever its value; see task.h.
#include <coroutine>
#include <utility>

namespace astray {

/// Resumes a suspended coroutine and then, one after the other, those whose tasks ended by it. For the loop's
/// callbacks (ReadyItem, Timer), never from inside a coroutine.
void resume_from_loop(std::coroutine_handle<> coroutine);

/// Hears that a task has ended.
class TaskObserver {
 public:
  /// Called on the task's own stack: it must not destroy the task. Returns the coroutine to resume next, or
  /// null.
  virtual std::coroutine_handle<> on_task_end() = 0;

 protected:
  ~TaskObserver() = default;
};

/// What promises have in common whatever their value.
class TaskPromiseBase {
 public:
  struct FinalSuspend {
    bool await_ready() const noexcept { return false; }
    template <typename Promise>
    void await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
      ended.promise().end();
    }
    void await_resume() const noexcept {}
  };
  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalSuspend final_suspend() const noexcept { return {}; }
  [[noreturn]] void unhandled_exception() const noexcept;

 private:
  friend class TaskBase;
  void end() noexcept;

  std::coroutine_handle<> waiting_;  // at most one of the two is set
  TaskObserver* observer_ = nullptr;
};

/// The part of a task that does not know its value. A moved-from or cancelled one is empty.
class TaskBase {
 public:
  TaskBase() = default;
  TaskBase(TaskBase&& other) noexcept { swap(other); }
  TaskBase& operator=(TaskBase&& other) noexcept {
    TaskBase taken(std::move(other));
    swap(taken);
    return *this;
  }
  ~TaskBase() { cancel(); }

  bool empty() const { return !frame_; }
  bool started() const { return started_; }
  bool ended() const { return frame_ && frame_.done(); }
  /// Runs to the first suspension or to the end. Once.
  void start();
  /// Destroys the frame.
  void cancel();
  /// Who hears of the end of a started task that has not ended; the later call replaces the earlier.
  void observe(TaskObserver& observer);
  void stop_observing();
  void await_end(std::coroutine_handle<> waiting);

 protected:
  TaskBase(std::coroutine_handle<> frame, TaskPromiseBase& promise) : frame_(frame), promise_(&promise) {}
  void* frame_address() const { return frame_.address(); }

 private:
  void swap(TaskBase& other) noexcept {
    std::swap(frame_, other.frame_);
    std::swap(promise_, other.promise_);
    std::swap(started_, other.started_);
  }

  std::coroutine_handle<> frame_;
  TaskPromiseBase* promise_ = nullptr;
  bool started_ = false;
};

}  // namespace astray
