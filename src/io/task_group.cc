#include "io/task_group.h"

namespace astray {

class TaskGroup::Member final : public ReadyItem, TaskObserver {
 public:
  Member(TaskGroup& group, Task<void> task, Permit place)
      : group_(group), place_(std::move(place)), task_(std::move(task)) {}
  void set_position(std::list<Member>::iterator position) { position_ = position; }

  void on_ready() override {
    if (!task_.started()) {
      task_.start();
      if (!task_.ended()) {
        task_.observe(*this);
        return;
      }
    }
    TaskGroup& group = group_;
    group.members_.erase(position_);
    if (group.members_.empty()) group.ends_.wake_all();
  }

 private:
  std::coroutine_handle<> on_task_end() override {
    group_.loop_.make_ready(*this);
    return nullptr;
  }

  TaskGroup& group_;
  std::list<Member>::iterator position_;
  Permit place_;
  Task<void> task_;
};

TaskGroup::TaskGroup(Loop& loop, size_t most_running)
    : loop_(loop), places_(loop, most_running), ends_(loop) {}
TaskGroup::~TaskGroup() = default;

Task<void> TaskGroup::start(Task<void> task) {
  Permit place = co_await places_.acquire();
  auto member = members_.emplace(members_.end(), *this, std::move(task), std::move(place));
  member->set_position(member);
  loop_.make_ready(*member);
}

Task<void> TaskGroup::all_ended() {
  while (!members_.empty()) co_await ends_.wait();
}

void TaskGroup::cancel_all() {
  members_.clear();
  ends_.wake_all();
}

size_t TaskGroup::running() const {
  return members_.size();
}

}  // namespace astray
