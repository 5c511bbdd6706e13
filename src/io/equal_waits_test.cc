#include "io/equal_waits.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "io/fake/virtual_loop.h"
#include "io/sleep.h"
#include "io/task.h"

namespace astray {
namespace {

using namespace std::chrono_literals;

class Waiting final : public EqualWait {
 public:
  Waiting(std::string name, std::vector<std::string>& over) : name_(std::move(name)), over_(over) {}
  void on_wait_over(MonotonicTime) override {
    EXPECT_FALSE(is_queued());
    over_.push_back(name_);
    if (begins_anew_in != nullptr) begins_anew_in->begin(*this);
    victim.reset();
  }
  EqualWaits* begins_anew_in = nullptr;
  std::unique_ptr<Waiting> victim;

 private:
  std::string name_;
  std::vector<std::string>& over_;
};

Task<void> pass_time(Loop& loop, Duration time) {
  co_await sleep_for(loop, time);
}

struct WaitWorld {
  fake::VirtualLoop loop;
  EqualWaits waits{loop, 10s};
  std::vector<std::string> over;

  void pass(Duration time) { ASSERT_TRUE(loop.run_until_done(pass_time(loop, time))); }
};

TEST(EqualWaits, AreOverInTheirOrderAndAtTheirTime) {
  WaitWorld world;
  Waiting a("a", world.over), b("b", world.over), c("c", world.over);
  world.waits.begin(a);
  world.pass(3s);
  world.waits.begin(b);
  world.waits.begin(c);
  world.pass(6999ms);
  EXPECT_TRUE(world.over.empty());
  world.pass(1ms);
  EXPECT_EQ(world.over, (std::vector<std::string>{"a"}));
  world.pass(2999ms);
  EXPECT_EQ(world.over.size(), 1u);
  world.pass(1ms);
  EXPECT_EQ(world.over, (std::vector<std::string>{"a", "b", "c"}));
  world.pass(100s);
  EXPECT_EQ(world.over.size(), 3u);
}

TEST(EqualWaits, BeginAnewAndEndBefore) {
  WaitWorld world;
  Waiting renewed("renewed", world.over), ended("ended", world.over), stays("stays", world.over);
  world.waits.begin(renewed);
  world.waits.begin(ended);
  world.waits.begin(stays);
  world.pass(4s);
  world.waits.begin(renewed);
  world.waits.begin(renewed);
  ended.unqueue();
  {
    Waiting gone("gone", world.over);
    world.waits.begin(gone);
  }
  world.pass(6s);
  EXPECT_EQ(world.over, (std::vector<std::string>{"stays"}));
  world.pass(3999ms);
  EXPECT_EQ(world.over.size(), 1u);
  world.pass(1ms);
  EXPECT_EQ(world.over, (std::vector<std::string>{"stays", "renewed"}));
}

TEST(EqualWaits, OneThatBeginsAnewWhenItIsOverWaitsAsLong) {
  WaitWorld world;
  Waiting again("again", world.over);
  again.begins_anew_in = &world.waits;
  world.waits.begin(again);
  world.pass(30s);
  EXPECT_EQ(world.over.size(), 3u);
}

TEST(EqualWaits, OneThatDestroysAnotherDueOneKeepsItFromBeingTold) {
  WaitWorld world;
  Waiting killing("killing", world.over);
  killing.victim = std::make_unique<Waiting>("victim", world.over);
  world.waits.begin(killing);
  world.waits.begin(*killing.victim);
  world.pass(20s);
  EXPECT_EQ(world.over, (std::vector<std::string>{"killing"}));
}

TEST(EqualWaits, OutlivedByTheirWaits) {
  WaitWorld world;
  Waiting waiting("waiting", world.over);
  {
    EqualWaits others(world.loop, 1s);
    others.begin(waiting);
  }
  EXPECT_FALSE(waiting.is_queued());
  world.pass(10s);
  EXPECT_TRUE(world.over.empty());
}

// As many as a gateway has under way: each begins, moves on, and ends, with one timer for all.
TEST(EqualWaits, ManyTakeOneTimer) {
  WaitWorld world;
  std::vector<std::unique_ptr<Waiting>> many;
  for (int i = 0; i < 1000; ++i) {
    many.push_back(std::make_unique<Waiting>(std::to_string(i), world.over));
    world.waits.begin(*many.back());
  }
  EXPECT_EQ(world.loop.timers().size(), 1u);
  many.clear();
  world.pass(20s);
  EXPECT_EQ(world.loop.timers().size(), 0u);
}

}  // namespace
}  // namespace astray
