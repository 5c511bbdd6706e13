#pragma once
// Waits of one length, of which most end long before their time: the answer to each request is such a wait.
#include "io/loop.h"

namespace astray {

/// Lies inside the object that waits; destroying it ends the wait.
class EqualWait : public QueueLink {
 public:
  /// Called by the loop when it has lasted its time; it has ended by then, and may begin anew or be destroyed. Must
  /// not destroy its EqualWaits.
  virtual void on_wait_over(MonotonicTime now) = 0;

 protected:
  virtual ~EqualWait() = default;

 private:
  friend class EqualWaits;
  MonotonicTime since_;
};

/// One that begins is the last to be over, so they stand in a queue in the order of their deadlines, and one timer
/// of the loop is enough for all: beginning and ending are O(1). That timer is not moved when the first one ends, and
/// may fire when nothing is due.
class EqualWaits final : Timer {
 public:
  /// The loop outlives it; `length` is that of each wait.
  EqualWaits(Loop& loop, Duration length) : loop_(loop), length_(length) {}

  Duration length() const { return length_; }
  /// From now on; anew if it has begun before.
  void begin(EqualWait& wait);

 private:
  void on_deadline(MonotonicTime now) override;

  Loop& loop_;
  const Duration length_;
  LinkQueue<EqualWait> waits_;
};

}  // namespace astray
