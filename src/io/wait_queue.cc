#include "io/wait_queue.h"

namespace astray {

WaitQueue::Wait::~Wait() {
  if (woken_) queue_.wake_one();
}

void WaitQueue::Wait::await_suspend(std::coroutine_handle<> coroutine) {
  resumption_.set(coroutine);
  queue_.waiting_.push(*this);
}

WaitQueue::~WaitQueue() {
  CHECK(waiting_.empty());
}

void WaitQueue::wake_one() {
  Wait* first = waiting_.pop();
  if (first == nullptr) return;
  first->woken_ = true;
  loop_.make_ready(first->resumption_);
}

void WaitQueue::wake_all() {
  while (!waiting_.empty()) wake_one();
}

Task<void> Gate::pass() {
  while (state_ == State::closed) co_await waiting_.wait();
}

}  // namespace astray
