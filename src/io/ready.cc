#include "io/ready.h"

#include "io/task_base.h"

namespace astray {

void QueueLink::unqueue() {
  if (next_ == nullptr) return;
  previous_->next_ = next_;
  next_->previous_ = previous_;
  previous_ = next_ = nullptr;
}

void Resumption::on_ready() {
  resume_from_loop(coroutine_);
}

}  // namespace astray
