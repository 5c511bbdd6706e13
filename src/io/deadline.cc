#include "io/deadline.h"

namespace astray {

bool EndOrDeadline::await_suspend(std::coroutine_handle<> coroutine) {
  if (!task_.started()) task_.start();
  if (task_.ended()) return false;
  coroutine_ = coroutine;
  resumption_.set(coroutine);
  task_.observe(*this);
  observes_ = true;
  loop_.timers().set(*this, time_);
  return true;
}

void EndOrDeadline::stop_observing() {
  if (observes_) task_.stop_observing();
  observes_ = false;
}

std::coroutine_handle<> EndOrDeadline::on_task_end() {
  cancel();
  resumption_.unqueue();
  return coroutine_;
}

void EndOrDeadline::on_deadline(MonotonicTime) {
  loop_.make_ready(resumption_);
}

}  // namespace astray
