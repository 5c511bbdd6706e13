#pragma once
// One loop per thread; nothing of it may be touched from another. A turn is: wait for sockets or the next
// deadline (not at all when something is queued) → read the clock → due timers → what sockets report → what is ready →
// flushes.
#include <memory>
#include <string>
#include <type_traits>

#include "base/monotonic_time.h"
#include "base/result.h"
#include "io/ready.h"
#include "io/task.h"
#include "io/timers.h"

namespace astray {

/// The loop can never go on: nothing is ready, no timer runs, no socket or signal is watched.
struct LoopStalled {
  std::string text() const;
};

/// A task that runs on its own. Destroying the handle cancels the task; the task itself must not do that.
class [[nodiscard]] SpawnedTask {
 public:
  SpawnedTask();
  SpawnedTask(SpawnedTask&&) noexcept;
  SpawnedTask& operator=(SpawnedTask&&) noexcept;
  ~SpawnedTask();

  bool ended() const;
  void cancel();

 private:
  friend class Loop;
  class Root;
  explicit SpawnedTask(std::unique_ptr<Root> root);
  std::unique_ptr<Root> root_;
};

class Loop {
 public:
  enum class Turn { worked, stalled };

  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  virtual ~Loop();

  /// Read once a turn.
  MonotonicTime now() const { return now_; }
  /// Counts from 1; 0 before the first.
  uint64_t turn_number() const { return turn_number_; }

  void make_ready(ReadyItem& item) { ready_.push(item); }
  void flush_at_end_of_turn(FlushItem& item) { flushes_.push(item); }
  Timers& timers() { return timers_; }

  /// Starts the task in the next turn.
  SpawnedTask spawn(Task<void> task);
  Turn turn();
  /// Turns until the task has ended. Other tasks stay where they are by then.
  template <typename T>
  Result<T, LoopStalled> run_until_done(Task<T> task) {
    if (run_until_end(task) == Turn::stalled) return Failure<LoopStalled>(LoopStalled{});
    if constexpr (std::is_void_v<T>)
      return {};
    else
      return task.take();
  }

 protected:
  explicit Loop(MonotonicTime start) : now_(start) {}
  /// From collect(): what a socket reports. What is made ready by it is called in the same turn.
  void report(ReadyItem& item) { reported_.push(item); }

 private:
  virtual MonotonicTime read_clock() = 0;
  /// Reports what the sockets have; waits for that until the given time, without end when none is given.
  /// `stalled` when none is given and nothing can ever come.
  virtual Turn collect(std::optional<MonotonicTime> until) = 0;
  Turn run_until_end(TaskBase& task);
  void call_ready();
  void flush();

  MonotonicTime now_;
  uint64_t turn_number_ = 0;
  bool turning_ = false;
  Timers timers_;
  LinkQueue<ReadyItem> reported_;
  LinkQueue<ReadyItem> ready_;
  LinkQueue<FlushItem> flushes_;
};

}  // namespace astray
