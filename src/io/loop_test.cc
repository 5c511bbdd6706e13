#include "io/loop.h"

#include <memory>
#include <string>
#include <vector>

#include "io/running_test.h"
#include "io/sleep.h"

namespace astray {
namespace {

using namespace std::chrono_literals;
using Log = std::vector<std::string>;

/// A state object as a connection of a server is one: collects in on_ready, sends in flush.
class Connection final : public ReadyItem {
 public:
  Connection(Loop& loop, Log& log, std::string name)
      : flush(*this), idle(*this), loop_(loop), log_(log), name_(std::move(name)) {}

  void on_ready() override {
    log_.push_back(name_ + " ready");
    loop_.flush_at_end_of_turn(flush);
    loop_.flush_at_end_of_turn(flush);  // counts once
  }

  class Flush final : public FlushItem {
   public:
    explicit Flush(Connection& connection) : connection_(connection) {}
    void flush() override { connection_.log_.push_back(connection_.name_ + " flush"); }

   private:
    Connection& connection_;
  };
  class Idle final : public Timer {
   public:
    explicit Idle(Connection& connection) : connection_(connection) {}
    void on_deadline(MonotonicTime) override {
      connection_.log_.push_back(connection_.name_ + " deadline");
      connection_.loop_.make_ready(connection_);
    }

   private:
    Connection& connection_;
  };
  Flush flush;
  Idle idle;

 private:
  Loop& loop_;
  Log& log_;
  std::string name_;
};

TEST(Loop, FlushesOnceAfterEverythingThatWasReady) {
  fake::VirtualLoop loop;
  Log log;
  Connection a(loop, log, "a"), b(loop, log, "b");
  loop.make_ready(a);
  loop.make_ready(b);
  loop.make_ready(a);
  EXPECT_EQ(loop.turn(), Loop::Turn::worked);
  EXPECT_EQ(log, (Log{"a ready", "b ready", "a flush", "b flush"}));
  EXPECT_EQ(loop.turn(), Loop::Turn::stalled);
}

TEST(Loop, DeadlinesComeBeforeWhatTheyMakeReady) {
  fake::VirtualLoop loop;
  Log log;
  Connection a(loop, log, "a");
  loop.timers().set(a.idle, loop.now() + 30s);
  EXPECT_EQ(loop.turn(), Loop::Turn::worked);
  EXPECT_EQ(loop.elapsed(), 30s);
  EXPECT_EQ(log, (Log{"a deadline", "a ready", "a flush"}));
}

class Destroying final : public ReadyItem {
 public:
  void on_ready() override { victim.reset(); }
  std::unique_ptr<Connection> victim;
};

TEST(Loop, WhatDiesWhileQueuedIsNotCalled) {
  fake::VirtualLoop loop;
  Log log;
  Destroying destroying;
  destroying.victim = std::make_unique<Connection>(loop, log, "victim");
  loop.make_ready(destroying);
  loop.make_ready(*destroying.victim);
  loop.flush_at_end_of_turn(destroying.victim->flush);
  loop.turn();
  EXPECT_TRUE(log.empty());
}

/// As many flushes as it has links, each of which queues the next.
struct FlushChain {
  struct Link final : FlushItem {
    void flush() override {
      ++chain->flushed;
      if (next != nullptr) chain->loop.flush_at_end_of_turn(*next);
    }
    FlushChain* chain = nullptr;
    Link* next = nullptr;
  };
  explicit FlushChain(Loop& on) : loop(on) {
    for (size_t i = 0; i < std::size(links); ++i) {
      links[i].chain = this;
      if (i + 1 < std::size(links)) links[i].next = &links[i + 1];
    }
  }
  Loop& loop;
  Link links[4];
  int flushed = 0;
};

TEST(Loop, WhatAFlushQueuesIsFlushedInTheSameTurnOnce) {
  fake::VirtualLoop loop;
  FlushChain chain(loop);
  loop.flush_at_end_of_turn(chain.links[0]);
  loop.turn();
  EXPECT_EQ(chain.flushed, 2) << "a turn ends, whatever flushes queue";
  loop.turn();
  EXPECT_EQ(chain.flushed, 4);
}

Task<void> write_down(Loop& loop, Log& log, std::string name, Duration pause) {
  for (int i = 0; i < 3; ++i) {
    co_await sleep_for(loop, pause);
    log.push_back(name);
  }
}

TEST(Loop, RunsSpawnedTasksSideBySide) {
  fake::VirtualLoop loop;
  Log log;
  SpawnedTask slow = loop.spawn(write_down(loop, log, "slow", 5s));
  SpawnedTask fast = loop.spawn(write_down(loop, log, "fast", 2s));
  while (loop.turn() == Loop::Turn::worked) continue;
  EXPECT_TRUE(slow.ended());
  EXPECT_TRUE(fast.ended());
  EXPECT_EQ(log, (Log{"fast", "fast", "slow", "fast", "slow", "slow"}));
  EXPECT_EQ(loop.elapsed(), 15s + 1us);  // the first turn does not wait
}

TEST(Loop, DestroyingTheHandleCancels) {
  fake::VirtualLoop loop;
  Log log;
  { SpawnedTask never_begun = loop.spawn(write_down(loop, log, "a", 1s)); }
  {
    SpawnedTask begun = loop.spawn(write_down(loop, log, "b", 1s));
    loop.turn();
    loop.turn();
    EXPECT_FALSE(begun.ended());
  }
  while (loop.turn() == Loop::Turn::worked) continue;
  EXPECT_EQ(log, Log{"b"});
}

Task<int> wait_forever() {
  co_await std::suspend_always{};
  co_return 1;
}

TEST(Loop, SaysThatItIsStalledInsteadOfHanging) {
  fake::VirtualLoop in_memory;
  auto result = in_memory.run_until_done(wait_forever());
  ASSERT_FALSE(result);
  EXPECT_EQ(
      result.error().text(),
      "nothing can happen any more: nothing is ready, no timer runs, no socket is watched, but a task still "
      "waits");
  EpollLoop real;
  EXPECT_FALSE(real.run_until_done(wait_forever()));
}

Task<Duration> sleep_and_measure(Loop& loop, Duration duration) {
  MonotonicTime start = loop.now();
  co_await sleep_for(loop, duration);
  co_return loop.now() - start;
}

TEST(Loop, RealTimePasses) {
  EpollLoop loop;
  Duration slept = test::run(loop, sleep_and_measure(loop, 20ms));
  EXPECT_GE(slept, 20ms);
  EXPECT_LT(slept, 10s);
}

TEST(Loop, VirtualHoursTakeNoTime) {
  fake::VirtualLoop loop;
  EXPECT_EQ(test::run(loop, sleep_and_measure(loop, 1000h)), 1000h);
}

Task<int> turn_again_and_again(Loop& loop, MonotonicTime until) {
  int turns = 0;
  while (loop.now() < until) {
    co_await next_turn(loop);
    ++turns;
  }
  co_return turns;
}

TEST(Loop, BusyTurnsCostVirtualTime) {
  fake::VirtualLoop loop;
  int turns = test::run(loop, turn_again_and_again(loop, loop.now() + 1ms));
  EXPECT_GT(turns, 900);
  EXPECT_LE(turns, 1000);
}

Task<void> spin(Loop& loop) {
  for (;;) co_await next_turn(loop);
}

TEST(Loop, BusyTaskKeepsNobodyFromItsDeadline) {
  EpollLoop loop;
  SpawnedTask busy = loop.spawn(spin(loop));
  EXPECT_GE(test::run(loop, sleep_and_measure(loop, 5ms)), 5ms);
}

}  // namespace
}  // namespace astray
