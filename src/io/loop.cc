#include "io/loop.h"

#include "base/check.h"

namespace astray {

std::string LoopStalled::text() const {
  return "nothing can happen any more: nothing is ready, no timer runs, no socket is watched, but a task "
         "still "
         "waits";
}

class SpawnedTask::Root final : public ReadyItem {
 public:
  explicit Root(Task<void> task) : task_(std::move(task)) {}
  void on_ready() override { task_.start(); }
  bool ended() const { return task_.ended(); }

 private:
  Task<void> task_;
};

SpawnedTask::SpawnedTask() = default;
SpawnedTask::SpawnedTask(std::unique_ptr<Root> root) : root_(std::move(root)) {}
SpawnedTask::SpawnedTask(SpawnedTask&&) noexcept = default;
SpawnedTask& SpawnedTask::operator=(SpawnedTask&&) noexcept = default;
SpawnedTask::~SpawnedTask() = default;

bool SpawnedTask::ended() const {
  return root_ == nullptr || root_->ended();
}

void SpawnedTask::cancel() {
  root_.reset();
}

Loop::~Loop() = default;

SpawnedTask Loop::spawn(Task<void> task) {
  auto root = std::make_unique<SpawnedTask::Root>(std::move(task));
  make_ready(*root);
  return SpawnedTask(std::move(root));
}

Loop::Turn Loop::turn() {
  CHECK(!turning_);
  turning_ = true;
  ++turn_number_;
  bool waits = ready_.empty() && flushes_.empty();
  Turn outcome = collect(waits ? timers_.next_deadline() : now_);
  now_ = read_clock();
  timers_.fire(now_);
  while (ReadyItem* item = reported_.pop()) item->on_ready();
  call_ready();
  flush();
  // A flush makes room, on which others send something: that goes out in this turn, too.
  flush();
  turning_ = false;
  return outcome;
}

/// What becomes ready meanwhile belongs to the next turn, so that a turn ends.
void Loop::call_ready() {
  LinkQueue<ReadyItem> ready;
  ready.take_all(ready_);
  while (ReadyItem* item = ready.pop()) item->on_ready();
}

void Loop::flush() {
  LinkQueue<FlushItem> flushes;
  flushes.take_all(flushes_);
  while (FlushItem* item = flushes.pop()) item->flush();
}

Loop::Turn Loop::run_until_end(TaskBase& task) {
  class Start final : public ReadyItem {
   public:
    explicit Start(TaskBase& started) : task_(started) {}
    void on_ready() override { task_.start(); }

   private:
    TaskBase& task_;
  };
  Start start(task);
  make_ready(start);
  while (!task.ended())
    if (turn() == Turn::stalled) return Turn::stalled;
  return Turn::worked;
}

}  // namespace astray
