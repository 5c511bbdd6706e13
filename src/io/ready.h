#pragma once
// What stands in the loop's queues.
#include <coroutine>

#include "base/link_queue.h"

namespace astray {

/// What the loop calls soon: in the present turn when it is queued by a timer or a socket, else in the next.
class ReadyItem : public QueueLink {
 public:
  /// The item is out of the queue by now, and may queue or destroy itself.
  virtual void on_ready() = 0;

 protected:
  ~ReadyItem() = default;
};

/// What the loop calls once at the end of the turn in which it was queued, after everything that was ready:
/// a connection collects its output in a turn and sends it here in one go. What a flush of a flush queues waits for the
/// next turn.
class FlushItem : public QueueLink {
 public:
  virtual void flush() = 0;

 protected:
  ~FlushItem() = default;
};

/// A suspended coroutine in the ready queue.
class Resumption final : public ReadyItem {
 public:
  void set(std::coroutine_handle<> coroutine) { coroutine_ = coroutine; }
  void on_ready() override;

 private:
  std::coroutine_handle<> coroutine_;
};

}  // namespace astray
