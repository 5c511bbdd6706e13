#include "io/ready.h"

#include "io/task_base.h"

namespace astray {

void Resumption::on_ready() {
  resume_from_loop(coroutine_);
}

}  // namespace astray
