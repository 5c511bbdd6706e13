#pragma once
#include <list>

#include "io/semaphore.h"
#include "io/wait_queue.h"

namespace astray {

/// Tasks that run side by side, at most so many at once; an ended one is freed in the next turn. Destroying
/// the group cancels them; a task of the group must not do that.
///   for (…) co_await group.start(probe(cell));   // waits while `most_running` run: memory stays bounded
///   co_await group.all_ended();
class TaskGroup {
 public:
  TaskGroup(Loop& loop, size_t most_running);
  ~TaskGroup();

  /// Ends once the task has its place; the task begins in the loop's next turn.
  Task<void> start(Task<void> task);
  /// Ends once no task is left, also of those that were started meanwhile.
  Task<void> all_ended();
  void cancel_all();
  size_t running() const;

 private:
  class Member;
  Loop& loop_;
  Semaphore places_;
  WaitQueue ends_;
  std::list<Member> members_;
};

}  // namespace astray
