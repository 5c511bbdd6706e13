#include "io/timers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

namespace astray {
namespace {

constexpr MonotonicTime at(int64_t nanoseconds) {
  return MonotonicTime(Duration(nanoseconds));
}

class Probe final : public Timer {
 public:
  Probe(int name, std::vector<int>& fired) : name_(name), fired_(fired) {}
  void on_deadline(MonotonicTime) override {
    EXPECT_FALSE(is_set());
    fired_.push_back(name_);
  }

 private:
  int name_;
  std::vector<int>& fired_;
};

TEST(Timers, FireInOrderOfDeadlineThenOfSetting) {
  Timers timers;
  std::vector<int> fired;
  Probe a(1, fired), b(2, fired), c(3, fired), d(4, fired);
  timers.set(a, at(30));
  timers.set(b, at(10));
  timers.set(c, at(30));
  timers.set(d, at(20));
  EXPECT_EQ(timers.next_deadline(), at(10));
  timers.fire(at(9));
  EXPECT_TRUE(fired.empty());
  timers.fire(at(20));
  EXPECT_EQ(fired, (std::vector<int>{2, 4}));
  timers.fire(at(1000));
  EXPECT_EQ(fired, (std::vector<int>{2, 4, 1, 3}));
  EXPECT_EQ(timers.next_deadline(), std::nullopt);
}

TEST(Timers, CanBeMovedAndCancelled) {
  Timers timers;
  std::vector<int> fired;
  Probe a(1, fired), b(2, fired);
  {
    Probe gone(3, fired);
    timers.set(gone, at(1));
    timers.set(a, at(10));
    timers.set(b, at(20));
    timers.set(a, at(30));  // later than before
  }
  timers.set(b, at(5));  // earlier than before
  EXPECT_EQ(timers.next_deadline(), at(5));
  b.cancel();
  EXPECT_EQ(timers.size(), 1u);
  timers.fire(at(100));
  EXPECT_EQ(fired, std::vector<int>{1});
}

class Repeating final : public Timer {
 public:
  explicit Repeating(Timers& timers) : timers_(timers) {}
  void on_deadline(MonotonicTime now) override {
    ++count;
    timers_.set(*this, now);
  }
  int count = 0;

 private:
  Timers& timers_;
};

TEST(Timers, OneSetWhileFiringWaitsForTheNextTime) {
  Timers timers;
  Repeating repeating(timers);
  timers.set(repeating, at(1));
  timers.fire(at(5));
  EXPECT_EQ(repeating.count, 1);
  timers.fire(at(5));
  EXPECT_EQ(repeating.count, 2);
}

class Killing final : public Timer {
 public:
  void on_deadline(MonotonicTime) override { victim.reset(); }
  std::unique_ptr<Probe> victim;
};

TEST(Timers, OneThatDestroysAnotherDueOneKeepsItFromFiring) {
  Timers timers;
  std::vector<int> fired;
  Killing killing;
  killing.victim = std::make_unique<Probe>(1, fired);
  timers.set(killing, at(1));
  timers.set(*killing.victim, at(1));
  timers.fire(at(1));
  EXPECT_TRUE(fired.empty());
}

TEST(Timers, HundredThousandWithRandomCancelsFireAsASortedListWould) {
  constexpr int count = 100'000;
  Timers timers;
  std::vector<int> fired;
  std::vector<std::unique_ptr<Probe>> probes;
  std::vector<std::pair<int64_t, int>> expected;
  std::minstd_rand random(7);
  for (int i = 0; i < count; ++i) {
    probes.push_back(std::make_unique<Probe>(i, fired));
    timers.set(*probes.back(), at(random() % 50'000));
  }
  for (int i = 0; i < count; ++i) {
    if (random() % 3 == 0)
      probes[static_cast<size_t>(i)]->cancel();
    else
      expected.emplace_back(probes[static_cast<size_t>(i)]->deadline().time_since_epoch().count(), i);
  }
  std::sort(expected.begin(), expected.end());
  ASSERT_EQ(timers.size(), expected.size());
  timers.fire(at(50'000));
  ASSERT_EQ(fired.size(), expected.size());
  for (size_t i = 0; i < fired.size(); ++i) ASSERT_EQ(fired[i], expected[i].second) << i;
}

TEST(Timers, OutlivedByTheirTimers) {
  std::vector<int> fired;
  Probe probe(1, fired);
  {
    Timers timers;
    timers.set(probe, at(1));
  }
  EXPECT_FALSE(probe.is_set());
}

}  // namespace
}  // namespace astray
