#pragma once
#include "io/loop.h"

namespace astray {

/// Coroutines that wait for something to change, as at a condition variable: whoever is woken looks again.
///   while (!condition) co_await queue.wait();
/// A woken coroutine that is destroyed before it ran passes a wake_one on to the next.
class WaitQueue {
 public:
  class Wait : QueueLink {
   public:
    explicit Wait(WaitQueue& queue) : queue_(queue) {}
    ~Wait();
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> coroutine);
    void await_resume() noexcept { woken_ = false; }

   private:
    friend class WaitQueue;
    friend class LinkQueue<Wait>;
    WaitQueue& queue_;
    Resumption resumption_;
    bool woken_ = false;
  };

  explicit WaitQueue(Loop& loop) : loop_(loop) {}
  /// Nobody may wait any more.
  ~WaitQueue();

  Wait wait() { return Wait(*this); }
  bool empty() const { return waiting_.empty(); }
  void wake_one();
  void wake_all();

 private:
  Loop& loop_;
  LinkQueue<Wait> waiting_;
};

/// A door: who comes while it is closed waits until it opens.
class Gate {
 public:
  enum class State { closed, open };
  explicit Gate(Loop& loop, State state = State::closed) : state_(state), waiting_(loop) {}

  State state() const { return state_; }
  void open() {
    state_ = State::open;
    waiting_.wake_all();
  }
  void close() { state_ = State::closed; }
  Task<void> pass();

 private:
  State state_;
  WaitQueue waiting_;
};

}  // namespace astray
