#include "io/semaphore.h"

namespace astray {

void Permit::release() {
  if (Semaphore* semaphore = std::exchange(semaphore_, nullptr)) semaphore->release();
}

Semaphore::Acquire::~Acquire() {
  if (granted_) semaphore_.release();
}

bool Semaphore::Acquire::await_ready() {
  if (semaphore_.free_ == 0) return false;
  --semaphore_.free_;
  granted_ = true;
  return true;
}

void Semaphore::Acquire::await_suspend(std::coroutine_handle<> coroutine) {
  resumption_.set(coroutine);
  semaphore_.waiting_.push(*this);
}

Permit Semaphore::Acquire::await_resume() {
  granted_ = false;
  return Permit(semaphore_);
}

Semaphore::~Semaphore() {
  CHECK(waiting_.empty());
}

void Semaphore::release() {
  Acquire* first = waiting_.pop();
  if (first == nullptr) {
    ++free_;
    return;
  }
  first->granted_ = true;
  loop_.make_ready(first->resumption_);
}

}  // namespace astray
