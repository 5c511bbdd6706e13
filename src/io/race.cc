#include "io/race.h"

namespace astray {

bool AnyEnd::await_suspend(std::coroutine_handle<> coroutine) {
  for (TaskBase* task : tasks_) {
    if (task->empty()) continue;
    if (!task->started()) task->start();
    if (task->ended()) return false;
  }
  coroutine_ = coroutine;
  size_t waits_for = 0;
  for (TaskBase* task : tasks_) {
    if (task->empty()) continue;
    task->observe(*this);
    ++waits_for;
  }
  CHECK(waits_for > 0);
  observes_ = true;
  return true;
}

size_t AnyEnd::await_resume() {
  stop_observing();
  for (size_t i = 0; i < tasks_.size(); ++i)
    if (tasks_[i]->ended()) return i;
  check_failed(__FILE__, __LINE__, "a task has ended");
}

void AnyEnd::stop_observing() {
  if (!std::exchange(observes_, false)) return;
  for (TaskBase* task : tasks_) task->stop_observing();
}

std::coroutine_handle<> AnyEnd::on_task_end() {
  return std::exchange(coroutine_, nullptr);
}

}  // namespace astray
