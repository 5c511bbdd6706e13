#include "io/mailbox.h"

#include <sys/resource.h>

#include <atomic>
#include <optional>
#include <thread>

#include "io/running_test.h"

namespace astray {
namespace {

using namespace std::chrono_literals;

void turn_until(Loop& loop, const std::function<bool()>& done) {
  while (!done()) loop.turn();
}

TEST(Mailbox, RunsLettersInTheOrderInWhichTheyCame) {
  EpollLoop loop;
  Mailbox mailbox;
  const Mailbox::Reader reader(loop, mailbox);
  std::vector<int> seen;
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(mailbox.post([&seen, i] { seen.push_back(i); }), Mailbox::Posted::taken);
  EXPECT_TRUE(seen.empty());
  turn_until(loop, [&] { return seen.size() == 3; });
  EXPECT_EQ(seen, (std::vector<int>{0, 1, 2}));
}

TEST(Mailbox, WakesALoopThatSleeps) {
  Mailbox mailbox;
  std::thread::id ran_in;
  std::thread io([&] {
    EpollLoop loop;
    const Mailbox::Reader reader(loop, mailbox);
    turn_until(loop, [&] { return ran_in != std::thread::id(); });
  });
  const std::thread::id expected = io.get_id();
  mailbox.post([&] { ran_in = std::this_thread::get_id(); });
  io.join();
  EXPECT_EQ(ran_in, expected);
}

TEST(Mailbox, ALetterMayPostAnother) {
  EpollLoop loop;
  Mailbox mailbox;
  const Mailbox::Reader reader(loop, mailbox);
  int runs = 0;
  std::function<void()> again = [&] {
    if (++runs < 5) mailbox.post(again);
  };
  mailbox.post(again);
  turn_until(loop, [&] { return runs == 5; });
}

TEST(Mailbox, LosesNothingOfManyThreads) {
  constexpr int threads = 8, letters = 2000;
  EpollLoop loop;
  Mailbox mailbox;
  std::vector<std::vector<int>> seen(threads);
  int total = 0;
  const Mailbox::Reader reader(loop, mailbox);
  std::vector<std::thread> posters;
  for (int thread = 0; thread < threads; ++thread) {
    posters.emplace_back([&, thread] {
      for (int i = 0; i < letters; ++i) {
        mailbox.post([&, thread, i] {
          seen[static_cast<size_t>(thread)].push_back(i);
          ++total;
        });
      }
    });
  }
  turn_until(loop, [&] { return total == threads * letters; });
  for (std::thread& poster : posters) poster.join();
  for (const std::vector<int>& of_thread : seen) {
    for (size_t i = 0; i < of_thread.size(); ++i) ASSERT_EQ(of_thread[i], static_cast<int>(i));
  }
}

TEST(Mailbox, RunsWhatItTookWhenItsReaderGoesAndRefusesTheRest) {
  EpollLoop loop;
  Mailbox mailbox;
  std::optional<Mailbox::Posted> last;
  int runs = 0;
  {
    const Mailbox::Reader reader(loop, mailbox);
    mailbox.post([&] {
      ++runs;
      last = mailbox.post([&] { ++runs; });
    });
  }
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(last, Mailbox::Posted::closed);
  EXPECT_EQ(mailbox.post([] {}), Mailbox::Posted::closed);
}

/// Every letter that was taken runs, however posting and closing race.
TEST(Mailbox, ClosesUnderFire) {
  for (int round = 0; round < 50; ++round) {
    Mailbox mailbox;
    std::atomic<int> taken = 0, ran = 0;
    std::atomic<bool> reading = false;
    std::vector<std::thread> posters;
    for (int thread = 0; thread < 3; ++thread) {
      posters.emplace_back([&] {
        while (!reading) std::this_thread::yield();
        while (mailbox.post([&] { ++ran; }) == Mailbox::Posted::taken) ++taken;
      });
    }
    {
      EpollLoop loop;
      const Mailbox::Reader reader(loop, mailbox);
      reading = true;
      turn_until(loop, [&] { return ran > 10; });
    }
    for (std::thread& poster : posters) poster.join();
    ASSERT_EQ(taken, ran);
  }
}

TEST(Mailbox, IsClosedWhereNoDescriptorIsLeft) {
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit none{0, limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  Mailbox mailbox;
  setrlimit(RLIMIT_NOFILE, &limit);
  EXPECT_FALSE(mailbox.is_open());
  EXPECT_EQ(mailbox.post([] {}), Mailbox::Posted::closed);
}

}  // namespace
}  // namespace astray
