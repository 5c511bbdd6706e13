#include "io/task.h"

namespace astray {
namespace {

// The coroutine that the one just ended was awaited by; taken up by resume_from_loop.
thread_local std::coroutine_handle<> next_to_resume;
thread_local const void* resuming = nullptr;

}  // namespace

void resume_from_loop(std::coroutine_handle<> coroutine) {
  CHECK(resuming == nullptr);
  resuming = &coroutine;
  while (coroutine) {
    coroutine.resume();
    coroutine = std::exchange(next_to_resume, nullptr);
  }
  resuming = nullptr;
}

void TaskPromiseBase::unhandled_exception() const noexcept {
  check_failed(__FILE__, __LINE__, "no exception leaves a task");
}

void TaskPromiseBase::end() noexcept {
  // Neither is set while the task runs for the first time: who started it sees that it has ended.
  if (observer_ != nullptr) waiting_ = observer_->on_task_end();
  if (!waiting_) return;
  CHECK(!next_to_resume);
  next_to_resume = waiting_;
}

void TaskBase::start() {
  CHECK(frame_ && !started_);
  started_ = true;
  frame_.resume();
}

void TaskBase::cancel() {
  promise_ = nullptr;
  if (std::coroutine_handle<> frame = std::exchange(frame_, nullptr)) frame.destroy();
}

void TaskBase::observe(TaskObserver& observer) {
  CHECK(started_ && frame_ && !frame_.done());
  promise_->waiting_ = nullptr;
  promise_->observer_ = &observer;
}

void TaskBase::stop_observing() {
  if (promise_ != nullptr) promise_->observer_ = nullptr;
}

void TaskBase::await_end(std::coroutine_handle<> waiting) {
  CHECK(started_ && frame_ && !frame_.done());
  promise_->observer_ = nullptr;
  promise_->waiting_ = waiting;
}

}  // namespace astray
