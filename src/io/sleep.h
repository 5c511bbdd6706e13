#pragma once
#include "io/loop.h"

namespace astray {

/// `co_await sleep_until(loop, time)`. A time that has passed waits for the next turn.
class SleepUntil final : Timer {
 public:
  SleepUntil(Loop& loop, MonotonicTime deadline) : loop_(loop), time_(deadline) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> coroutine);
  void await_resume() const noexcept {}

 private:
  void on_deadline(MonotonicTime now) override;
  Loop& loop_;
  MonotonicTime time_;
  Resumption resumption_;
};
inline SleepUntil sleep_until(Loop& loop, MonotonicTime time) {
  return {loop, time};
}
inline SleepUntil sleep_for(Loop& loop, Duration duration) {
  return {loop, loop.now() + duration};
}

/// `co_await next_turn(loop)`: lets the others go first.
class NextTurn {
 public:
  explicit NextTurn(Loop& loop) : loop_(loop) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> coroutine);
  void await_resume() const noexcept {}

 private:
  Loop& loop_;
  Resumption resumption_;
};
inline NextTurn next_turn(Loop& loop) {
  return NextTurn(loop);
}

}  // namespace astray
