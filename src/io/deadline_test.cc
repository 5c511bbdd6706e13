#include "io/deadline.h"

#include "io/running_test.h"
#include "io/sleep.h"

namespace astray {
namespace {

using namespace std::chrono_literals;
using test::run;

struct Life {
  int& alive;
  explicit Life(int& count) : alive(count) { ++alive; }
  Life(const Life&) = delete;
  ~Life() { --alive; }
};

Task<std::string> slow(Loop& loop, Duration duration, int& alive) {
  Life life(alive);
  co_await sleep_for(loop, duration);
  co_return "done";
}

Task<std::string> at_once() {
  co_return "at once";
}

Task<void> nothing(Loop& loop) {
  co_await next_turn(loop);
}

TEST(WithDeadline, GivesTheValueOfWhatEndsInTime) {
  fake::VirtualLoop loop;
  int alive = 0;
  auto result = run(loop, with_deadline(loop, slow(loop, 1s, alive), loop.now() + 2s));
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, "done");
  EXPECT_EQ(loop.elapsed(), 1s + 1us);
  EXPECT_EQ(loop.timers().size(), 0u);
}

Task<int> alive_after_deadline(Loop& loop) {
  int alive = 0;
  auto result = co_await with_deadline(loop, slow(loop, 1h, alive), loop.now() + 2s);
  EXPECT_FALSE(result);
  co_return alive;
}

TEST(WithDeadline, HasCancelledTheTaskOnceItSaysTimedOut) {
  fake::VirtualLoop loop;
  EXPECT_EQ(run(loop, alive_after_deadline(loop)), 0);
  EXPECT_EQ(loop.elapsed(), 2s + 1us);
  EXPECT_EQ(loop.timers().size(), 0u);
}

TEST(WithDeadline, WhatNeedNotWaitIsInTimeEvenAfterTheDeadline) {
  fake::VirtualLoop loop;
  EXPECT_EQ(*run(loop, with_deadline(loop, at_once(), loop.now() - 1s)), "at once");
  EXPECT_TRUE(run(loop, with_deadline(loop, nothing(loop), loop.now() + 1s)));
}

TEST(WithDeadline, TaskAndDeadlineAtTheSameTimeGiveOneAnswer) {
  fake::VirtualLoop loop;
  int alive = 0;
  // Both timers fire in one turn; the task's was set first, so it runs first and wins.
  EXPECT_TRUE(run(loop, with_deadline(loop, slow(loop, 1s, alive), loop.now() + 1s + 1us)));
  EXPECT_EQ(alive, 0);
}

TEST(WithDeadline, InnerDeadlinesDoNotDisturbOuterOnes) {
  fake::VirtualLoop loop;
  int alive = 0;
  auto inner = with_deadline(loop, slow(loop, 1h, alive), loop.now() + 1s);
  auto outer = run(loop, with_deadline(loop, std::move(inner), loop.now() + 2s));
  ASSERT_TRUE(outer);
  EXPECT_FALSE(*outer);
  EXPECT_EQ(alive, 0);
}

Task<std::string> wait_in_rounds(Loop& loop, int& alive) {
  Task<std::string> task = slow(loop, 5s, alive);
  std::string rounds;
  while (!task.ended()) {
    EndOrDeadline first(loop, task, loop.now() + 2s);
    co_await first;
    rounds += '.';
  }
  co_return rounds + task.take();
}

TEST(EndOrDeadline, LeavesTheTaskRunning) {
  fake::VirtualLoop loop;
  int alive = 0;
  EXPECT_EQ(run(loop, wait_in_rounds(loop, alive)), "...done");
}

}  // namespace
}  // namespace astray
