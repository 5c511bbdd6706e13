#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/monotonic_time.h"

namespace astray {

class Timers;

/// One deadline. It lies inside the object that waits; destroying it cancels it, in O(log n).
class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  bool is_set() const { return timers_ != nullptr; }
  MonotonicTime deadline() const { return deadline_; }
  void cancel();
  /// Called by the loop once the deadline is reached; the timer is unset by then, and may be set or
  /// destroyed.
  virtual void on_deadline(MonotonicTime now) = 0;

 protected:
  virtual ~Timer() { cancel(); }

 private:
  friend class Timers;
  Timers* timers_ = nullptr;
  size_t place_ = 0;  // in the heap
  MonotonicTime deadline_;
  uint64_t sequence_ = 0;  // equal deadlines fire in the order in which they were set
};

/// The pending timers of one loop: a binary heap that knows each timer's place.
class Timers {
 public:
  Timers() = default;
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;
  ~Timers();

  /// Sets or moves.
  void set(Timer& timer, MonotonicTime deadline);
  void cancel(Timer& timer);
  std::optional<MonotonicTime> next_deadline() const;
  size_t size() const { return heap_.size(); }
  /// Calls every timer whose deadline is `now` or earlier; those set meanwhile wait for the next call.
  void fire(MonotonicTime now);

 private:
  static bool earlier(const Timer& a, const Timer& b);
  void put(size_t place, Timer* timer);
  void sift_up(size_t place);
  void sift_down(size_t place);

  std::vector<Timer*> heap_;
  uint64_t next_sequence_ = 0;
};

}  // namespace astray
