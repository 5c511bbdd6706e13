#include "io/sleep.h"

namespace astray {

void SleepUntil::await_suspend(std::coroutine_handle<> coroutine) {
  resumption_.set(coroutine);
  loop_.timers().set(*this, time_);
}

void SleepUntil::on_deadline(MonotonicTime) {
  loop_.make_ready(resumption_);
}

void NextTurn::await_suspend(std::coroutine_handle<> coroutine) {
  resumption_.set(coroutine);
  loop_.make_ready(resumption_);
}

}  // namespace astray
