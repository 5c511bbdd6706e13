#include "io/signals.h"

#include <signal.h>

#include <vector>

#include "io/deadline.h"
#include "io/running_test.h"

namespace astray {
namespace {

using namespace std::chrono_literals;

Task<std::vector<int>> next_signals(SignalQueue& queue, int count) {
  std::vector<int> signals;
  for (int i = 0; i < count; ++i) signals.push_back(co_await queue.next());
  co_return signals;
}

TEST(SignalQueue, HandsSignalsOutInsteadOfDying) {
  EpollLoop loop;
  SignalQueue queue(loop, {SIGUSR1, SIGUSR2});
  auto nothing = test::run(loop, with_deadline(loop, queue.next(), loop.now() + 1ms));
  EXPECT_FALSE(nothing);
  raise(SIGUSR1);
  raise(SIGUSR2);
  EXPECT_EQ(test::run(loop, next_signals(queue, 2)), (std::vector<int>{SIGUSR1, SIGUSR2}));
}

TEST(SignalQueue, GivesTheSignalsBack) {
  sigset_t before, after;
  sigemptyset(&before);
  sigemptyset(&after);
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  {
    EpollLoop loop;
    SignalQueue queue(loop, {SIGUSR1});
    sigset_t during;
    pthread_sigmask(SIG_SETMASK, nullptr, &during);
    EXPECT_TRUE(sigismember(&during, SIGUSR1));
  }
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  EXPECT_EQ(sigismember(&after, SIGUSR1), sigismember(&before, SIGUSR1));
}

}  // namespace
}  // namespace astray
