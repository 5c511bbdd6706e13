#include "io/task.h"

#include <memory>
#include <string>
#include <vector>

#include "io/running_test.h"
#include "io/sleep.h"

namespace astray {
namespace {

using test::run;

Task<int> at_once(int value) {
  co_return value;
}

Task<int64_t> sum_of_synchronous(int count) {
  int64_t sum = 0;
  for (int i = 0; i < count; ++i) sum += co_await at_once(i);
  co_return sum;
}

Task<int> after_a_turn(Loop& loop, int value) {
  co_await next_turn(loop);
  co_return value;
}

Task<int64_t> sum_of_suspending(Loop& loop, int count) {
  int64_t sum = 0;
  for (int i = 0; i < count; ++i) {
    if (i % 3 != 0)
      sum += co_await at_once(i);
    else
      sum += co_await after_a_turn(loop, i);
  }
  co_return sum;
}

TEST(Task, MillionSynchronousAwaitsNeedNoStack) {
  fake::VirtualLoop loop;
  EXPECT_EQ(run(loop, sum_of_synchronous(1'000'000)), 499'999'500'000);
}

TEST(Task, AwaitsThatSuspendNeedNoStackEither) {
  fake::VirtualLoop loop;
  EXPECT_EQ(run(loop, sum_of_suspending(loop, 300'000)), 44'999'850'000);
}

/// Fails when a frame is below the first by more than a small number of calls.
Task<void> measure_stack(Loop& loop, uintptr_t& lowest, uintptr_t& highest) {
  for (int i = 0; i < 10'000; ++i) {
    char here = 0;
    auto address = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
    lowest = std::min(lowest, address);
    highest = std::max(highest, address);
    here = static_cast<char>(co_await at_once(i));
    if (here == 1) co_await next_turn(loop);
  }
}

TEST(Task, StackStaysWhereItIs) {
  fake::VirtualLoop loop;
  uintptr_t lowest = UINTPTR_MAX, highest = 0;
  run(loop, measure_stack(loop, lowest, highest));
  EXPECT_LT(highest - lowest, 8192u);
}

Task<void> note(std::vector<std::string>& log) {
  log.push_back("ran");
  co_return;
}

TEST(Task, StartsWhenAwaitedAndNotBefore) {
  std::vector<std::string> log;
  {
    Task<void> task = note(log);
    EXPECT_FALSE(task.started());
  }
  EXPECT_TRUE(log.empty());
  fake::VirtualLoop loop;
  run(loop, note(log));
  EXPECT_EQ(log, std::vector<std::string>{"ran"});
}

Task<std::unique_ptr<std::string>> make_text() {
  co_return std::make_unique<std::string>("moved");
}

TEST(Task, GivesMoveOnlyValues) {
  fake::VirtualLoop loop;
  EXPECT_EQ(*run(loop, make_text()), "moved");
}

class Mark {
 public:
  Mark(std::vector<std::string>& log, std::string name) : log_(log), name_(std::move(name)) {}
  Mark(const Mark&) = delete;
  Mark& operator=(const Mark&) = delete;
  ~Mark() { log_.push_back(name_); }

 private:
  std::vector<std::string>& log_;
  std::string name_;
};

Task<void> inner(Loop& loop, std::vector<std::string>& log) {
  Mark mark(log, "inner");
  co_await sleep_for(loop, std::chrono::hours(1));
  log.push_back("never");
}

Task<void> outer(Loop& loop, std::vector<std::string>& log) {
  Mark mark(log, "outer");
  co_await inner(loop, log);
  log.push_back("never");
}

TEST(Task, DestroyingItDestroysItsFramesInnermostFirst) {
  fake::VirtualLoop loop;
  std::vector<std::string> log;
  {
    Task<void> task = outer(loop, log);
    task.start();
    EXPECT_EQ(loop.timers().size(), 1u);
    EXPECT_TRUE(log.empty());
  }
  EXPECT_EQ(log, (std::vector<std::string>{"inner", "outer"}));
  EXPECT_EQ(loop.timers().size(), 0u);
  EXPECT_EQ(loop.turn(), Loop::Turn::stalled);
}

Task<int> nested(Loop& loop, int depth) {
  if (depth == 0) co_return co_await after_a_turn(loop, 7);
  co_return co_await nested(loop, depth - 1);
}

TEST(Task, HandsAValueThroughManyTasks) {
  fake::VirtualLoop loop;
  EXPECT_EQ(run(loop, nested(loop, 1000)), 7);
}

Task<void> throwing() {
  throw 1;
  co_return;
}

TEST(TaskDeathTest, ExceptionStopsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        Task<void> task = throwing();
        task.start();
      },
      "no exception leaves a task");
}

TEST(Task, IsEmptyOnceMovedOrCancelled) {
  Task<int> task = at_once(3);
  Task<int> moved = std::move(task);
  EXPECT_TRUE(task.empty());  // NOLINT(bugprone-use-after-move): the state is documented
  moved.start();
  EXPECT_TRUE(moved.ended());
  EXPECT_EQ(moved.take(), 3);
  moved.cancel();
  EXPECT_TRUE(moved.empty());
}

}  // namespace
}  // namespace astray
