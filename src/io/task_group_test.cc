#include "io/task_group.h"

#include <algorithm>

#include "io/running_test.h"
#include "io/sleep.h"

namespace astray {
namespace {

using namespace std::chrono_literals;
using test::run;

struct Count {
  int running = 0;
  int most = 0;
  int ended = 0;
};

Task<void> work(Loop& loop, Count& count, int number) {
  count.most = std::max(count.most, ++count.running);
  if (number % 5 != 0) co_await sleep_for(loop, number % 7 * 1ms);
  --count.running;
  ++count.ended;
}

Task<size_t> run_many(Loop& loop, Count& count, int tasks, size_t at_once) {
  TaskGroup group(loop, at_once);
  size_t most_held = 0;
  for (int i = 0; i < tasks; ++i) {
    co_await group.start(work(loop, count, i));
    most_held = std::max(most_held, group.running());
  }
  co_await group.all_ended();
  EXPECT_EQ(group.running(), 0u);
  co_return most_held;
}

TEST(TaskGroup, RunsManyWithSoManyAtOnce) {
  fake::VirtualLoop loop;
  Count count;
  EXPECT_EQ(run(loop, run_many(loop, count, 50'000, 1000)), 1000u);
  EXPECT_EQ(count.ended, 50'000);
  EXPECT_EQ(count.most, 1000);
}

TEST(TaskGroup, OfNoTasksHasEnded) {
  fake::VirtualLoop loop;
  Count count;
  EXPECT_EQ(run(loop, run_many(loop, count, 0, 10)), 0u);
}

TEST(TaskGroup, IsCancelledWithItsOwnerAfterAnyNumberOfTurns) {
  for (int turns = 0; turns < 60; ++turns) {
    fake::VirtualLoop loop;
    Count count;
    {
      Task<size_t> task = run_many(loop, count, 50, 3);
      task.start();
      for (int i = 0; i < turns; ++i) loop.turn();
    }
    EXPECT_EQ(loop.timers().size(), 0u) << turns;
    EXPECT_EQ(loop.turn(), Loop::Turn::stalled) << turns;
  }
}

Task<void> cancel_in_the_middle(Loop& loop, Count& count) {
  TaskGroup group(loop, 10);
  for (int i = 1; i < 5; ++i) co_await group.start(work(loop, count, i));
  co_await next_turn(loop);
  group.cancel_all();
  co_await group.all_ended();
}

TEST(TaskGroup, CancelAllEndsThemEarly) {
  fake::VirtualLoop loop;
  Count count;
  run(loop, cancel_in_the_middle(loop, count));
  EXPECT_EQ(count.most, 4);
  EXPECT_EQ(count.ended, 0);
}

}  // namespace
}  // namespace astray
