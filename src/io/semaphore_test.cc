#include "io/semaphore.h"

#include <algorithm>
#include <string>
#include <vector>

#include "io/running_test.h"
#include "io/sleep.h"
#include "io/wait_queue.h"

namespace astray {
namespace {

using namespace std::chrono_literals;

struct Use {
  int now = 0;
  int most = 0;
  std::vector<int> order;
};

Task<void> use(Loop& loop, Semaphore& semaphore, Use& record, int name) {
  Permit permit = co_await semaphore.acquire();
  record.order.push_back(name);
  record.most = std::max(record.most, ++record.now);
  co_await sleep_for(loop, 1s);
  --record.now;
}

TEST(Semaphore, LetsSoManyThroughAtOnceInTheOrderOfAsking) {
  fake::VirtualLoop loop;
  Semaphore semaphore(loop, 3);
  Use record;
  std::vector<SpawnedTask> tasks;
  for (int i = 0; i < 10; ++i) tasks.push_back(loop.spawn(use(loop, semaphore, record, i)));
  while (loop.turn() == Loop::Turn::worked) continue;
  EXPECT_EQ(record.most, 3);
  EXPECT_EQ(record.order, (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_EQ(semaphore.free(), 3u);
}

TEST(Semaphore, CancelledWaitersLoseNoPermit) {
  // After k turns the second of three is cancelled: waiting, granted but not resumed yet, or with its permit.
  for (int k = 0; k < 8; ++k) {
    fake::VirtualLoop loop;
    Semaphore semaphore(loop, 1);
    Use record;
    SpawnedTask first = loop.spawn(use(loop, semaphore, record, 1));
    SpawnedTask second = loop.spawn(use(loop, semaphore, record, 2));
    SpawnedTask third = loop.spawn(use(loop, semaphore, record, 3));
    for (int i = 0; i < k; ++i) loop.turn();
    second.cancel();
    while (loop.turn() == Loop::Turn::worked) continue;
    EXPECT_TRUE(third.ended()) << k;
    EXPECT_EQ(semaphore.free(), 1u) << k;
  }
}

TEST(Semaphore, WhoComesLateDoesNotOvertakeWhoWasGranted) {
  fake::VirtualLoop loop;
  Semaphore semaphore(loop, 1);
  Use record;
  SpawnedTask first = loop.spawn(use(loop, semaphore, record, 1));
  SpawnedTask second = loop.spawn(use(loop, semaphore, record, 2));
  loop.turn();
  first.cancel();  // the permit is on its way to the second
  EXPECT_EQ(semaphore.free(), 0u);
  SpawnedTask late = loop.spawn(use(loop, semaphore, record, 3));
  while (loop.turn() == Loop::Turn::worked) continue;
  EXPECT_EQ(record.order, (std::vector<int>{1, 2, 3}));
}

Task<void> pass(Gate& gate, int& passed) {
  co_await gate.pass();
  ++passed;
}

TEST(Gate, HoldsWhoComesWhileItIsClosed) {
  fake::VirtualLoop loop;
  Gate gate(loop);
  int passed = 0;
  SpawnedTask a = loop.spawn(pass(gate, passed));
  SpawnedTask b = loop.spawn(pass(gate, passed));
  EXPECT_EQ(loop.turn(), Loop::Turn::worked);
  EXPECT_EQ(passed, 0);
  gate.open();
  loop.turn();
  EXPECT_EQ(passed, 2);
  SpawnedTask c = loop.spawn(pass(gate, passed));
  loop.turn();
  EXPECT_EQ(passed, 3);
  gate.close();
  SpawnedTask d = loop.spawn(pass(gate, passed));
  loop.turn();
  EXPECT_EQ(passed, 3);
}

Task<void> wait_once(WaitQueue& queue, std::vector<int>& woken, int name) {
  co_await queue.wait();
  woken.push_back(name);
}

TEST(WaitQueue, AWakeUpThatItsReceiverCannotTakeGoesToTheNext) {
  fake::VirtualLoop loop;
  WaitQueue queue(loop);
  std::vector<int> woken;
  SpawnedTask first = loop.spawn(wait_once(queue, woken, 1));
  SpawnedTask second = loop.spawn(wait_once(queue, woken, 2));
  loop.turn();
  queue.wake_one();
  first.cancel();
  loop.turn();
  EXPECT_EQ(woken, std::vector<int>{2});
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace astray
