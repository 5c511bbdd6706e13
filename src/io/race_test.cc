#include "io/race.h"

#include <string>

#include "io/running_test.h"
#include "io/sleep.h"

namespace astray {
namespace {

using namespace std::chrono_literals;
using test::run;
using Outcome = Result<std::string, int>;

Task<Outcome> outcome(Loop& loop, Duration after, Outcome result, int& running) {
  ++running;
  if (after > 0s) co_await sleep_for(loop, after);
  --running;
  co_return result;
}

Outcome fail(int error) {
  return Failure<int>(error);
}

TEST(Race, FirstToEndWins) {
  fake::VirtualLoop loop;
  int running = 0;
  std::vector<Task<Outcome>> tasks;
  tasks.push_back(outcome(loop, 3s, "slow", running));
  tasks.push_back(outcome(loop, 1s, "fast", running));
  tasks.push_back(outcome(loop, 2s, "middle", running));
  RaceWinner<Outcome> winner = run(loop, race(std::move(tasks)));
  EXPECT_EQ(winner.index, 1u);
  EXPECT_EQ(*winner.value, "fast");
  EXPECT_EQ(loop.timers().size(), 0u);
  EXPECT_EQ(loop.elapsed(), 1s + 1us);
}

TEST(Race, OneThatNeedNotWaitKeepsLaterOnesFromStarting) {
  fake::VirtualLoop loop;
  int running = 0;
  std::vector<Task<Outcome>> tasks;
  tasks.push_back(outcome(loop, 1s, "slow", running));
  tasks.push_back(outcome(loop, 0s, "at once", running));
  tasks.push_back(outcome(loop, 1s, "not started", running));
  EXPECT_EQ(run(loop, race(std::move(tasks))).index, 1u);
  EXPECT_EQ(running, 1);  // the slow one was cancelled before it could count down
}

TEST(FirstSuccess, PassesOverFailures) {
  fake::VirtualLoop loop;
  int running = 0;
  std::vector<Task<Outcome>> tasks;
  tasks.push_back(outcome(loop, 0s, fail(1), running));
  tasks.push_back(outcome(loop, 1s, fail(2), running));
  tasks.push_back(outcome(loop, 2s, "good", running));
  tasks.push_back(outcome(loop, 3s, "too late", running));
  auto result = run(loop, first_success(std::move(tasks)));
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, "good");
  EXPECT_EQ(loop.timers().size(), 0u);
}

TEST(FirstSuccess, TellsEveryFailureInTheOrderGiven) {
  fake::VirtualLoop loop;
  int running = 0;
  std::vector<Task<Outcome>> tasks;
  tasks.push_back(outcome(loop, 3s, fail(1), running));
  tasks.push_back(outcome(loop, 0s, fail(2), running));
  tasks.push_back(outcome(loop, 1s, fail(3), running));
  auto result = run(loop, first_success(std::move(tasks)));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(), (std::vector<int>{1, 2, 3}));
}

TEST(FirstSuccess, OfNoneIsAFailureWithoutReasons) {
  fake::VirtualLoop loop;
  auto result = run(loop, first_success(std::vector<Task<Outcome>>()));
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().empty());
}

Task<int> number(Loop& loop, Duration after, int value) {
  co_await sleep_for(loop, after);
  co_return value;
}

TEST(AllOf, GivesEveryValueInTheOrderGiven) {
  fake::VirtualLoop loop;
  std::vector<Task<int>> tasks;
  tasks.push_back(number(loop, 3s, 1));
  tasks.push_back(number(loop, 1s, 2));
  tasks.push_back(number(loop, 3s, 3));
  EXPECT_EQ(run(loop, all_of(std::move(tasks))), (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(loop.elapsed(), 3s + 1us);
}

}  // namespace
}  // namespace astray
