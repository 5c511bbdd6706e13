// What people tell a watcher, over a world of a few lines.
#include <gtest/gtest.h>

#include <algorithm>

#include "io/sleep.h"
#include "watch/watched_world_test.h"

namespace astray::watch {
namespace {

using namespace std::chrono_literals;
using test::site;
using test::WatchedWorld;
using Texts = std::vector<std::string>;

constexpr const char* broken_node = "192.0.2.2:443";

/// Remembers what it was told of between rounds.
class Listener final : public Outlet {
 public:
  const std::string& name() const override { return name_; }
  void offer(const std::shared_ptr<const RoundRecord>&) override {}
  void tell(const ProblemEvent& event) override { told.push_back(event); }
  Task<void> run() override { co_return; }
  std::optional<std::string> trouble() const override { return std::nullopt; }
  std::vector<ProblemEvent> told;

 private:
  std::string name_ = "listener";
};

/// Two names at two nodes, one of which has lost one of the names.
struct ActionsBench {
  WatchedWorld world{{site("a.example"), site("b.example")}};
  Listener listener;

  explicit ActionsBench(std::optional<StoreError> store_fails = {}) {
    world.store_fails = std::move(store_fails);
    for (const char* name : {"a.example", "b.example"})
      for (const char* node : {"192.0.2.1", "192.0.2.2"})
        world.settings.targets.push_back(*parse_target(std::string(name) + "@" + node));
    world.watcher().add_outlet(listener);
    world.round();
    lose();
    world.round();
  }
  void lose() { world.be_at(broken_node, {site("a.example")}); }
  void mend() { world.be_at(broken_node, {site("a.example"), site("b.example")}); }
  void pass(Duration time) { EXPECT_TRUE(world.loop.run_until_done(sleep(time))); }
  Watcher& watcher() { return world.watcher(); }
  /// Not one of the watcher's own.
  const Problem& problem() {
    const auto& problems = world.watcher().state().problems;
    return *std::ranges::find(problems, "b.example", &Problem::to);
  }
  Silence silence_of_node(int64_t seconds) {
    return {.node = broken_node,
            .until = {world.now().unix_seconds + seconds},
            .remark = {{}, "Ann", "its disk is replaced"}};
  }
  Texts steps_of_round() const {
    Texts steps;
    for (const ProblemEvent& event : world.watcher_state().last_round->events)
      steps.emplace_back(to_string(event.step));
    return steps;
  }

 private:
  Task<void> sleep(Duration time) { co_await sleep_for(world.loop, time); }
};

TEST(WatcherActions, AnAcknowledgementIsStoredToldAndKeptAsLongAsTheProblem) {
  ActionsBench bench;
  ASSERT_EQ(bench.problem().state, ProblemState::open);
  const uint64_t revision = bench.watcher().state().revision;
  ASSERT_TRUE(bench.watcher().acknowledge(bench.problem().id, {{}, "Ann", "I am at it"}));
  EXPECT_EQ(bench.problem().acknowledged, (Remark{bench.world.now(), "Ann", "I am at it"}));
  EXPECT_GT(bench.watcher().state().revision, revision);
  ASSERT_EQ(bench.listener.told.size(), 1u);
  EXPECT_EQ(bench.listener.told[0].step, ProblemStep::acknowledged);
  EXPECT_NE(bench.listener.told[0].number, 0u) << "the store has it";
  bench.world.round();
  EXPECT_EQ(bench.problem().acknowledged->by, "Ann") << "a round does not forget it";
  const auto stored = bench.world.store.problem(bench.problem().id);
  ASSERT_TRUE(stored && *stored);
  EXPECT_EQ((*stored)->acknowledged->by, "Ann");

  const auto refused = bench.watcher().acknowledge("none", {{}, "Ann", ""});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ActionRefusal::Kind::unknown);
}

TEST(WatcherActions, WhatCannotBeKeptIsNotDone) {
  ActionsBench bench(StoreError{StoreTrouble::unavailable, "the disk is broken"});
  const auto acknowledged = bench.watcher().acknowledge(bench.problem().id, {{}, "Ann", ""});
  ASSERT_FALSE(acknowledged);
  EXPECT_EQ(acknowledged.error().kind, ActionRefusal::Kind::store);
  EXPECT_NE(acknowledged.error().sentence.find("the disk is broken"), std::string::npos);
  EXPECT_EQ(bench.problem().acknowledged, std::nullopt);
  EXPECT_FALSE(bench.watcher().silence(bench.silence_of_node(60)));
  EXPECT_TRUE(bench.watcher().state().silences.empty());
  EXPECT_TRUE(bench.listener.told.empty());
}

TEST(WatcherActions, ASilencedProblemShowsAndIsToldAgainWhenTheSilenceRunsOut) {
  ActionsBench bench;
  const auto silence = bench.watcher().silence(bench.silence_of_node(3600));
  ASSERT_TRUE(silence) << silence.error().sentence;
  EXPECT_EQ(bench.watcher().state().silences.size(), 1u);
  ASSERT_EQ(bench.listener.told.size(), 1u);
  EXPECT_EQ(bench.listener.told[0].step, ProblemStep::silenced);
  EXPECT_TRUE(bench.listener.told[0].is_silenced());
  bench.world.round();
  EXPECT_EQ(bench.problem().state, ProblemState::open) << "it still shows";
  EXPECT_EQ(bench.problem().silenced->remark.by, "Ann");

  bench.pass(1h);
  bench.world.round();
  EXPECT_EQ(bench.steps_of_round(), Texts{"unsilenced"});
  EXPECT_EQ(bench.problem().silenced, std::nullopt);
  EXPECT_TRUE(bench.watcher().state().silences.empty());
  bench.world.round();
  EXPECT_EQ(bench.steps_of_round(), Texts{}) << "once";
}

TEST(WatcherActions, AProblemThatBeginsInASilenceIsNoNewsForOutlets) {
  ActionsBench bench;
  bench.mend();
  bench.world.round();
  bench.world.round();
  ASSERT_TRUE(bench.watcher().state().problems.empty());
  ASSERT_TRUE(bench.watcher().silence(bench.silence_of_node(3600)));
  EXPECT_TRUE(bench.listener.told.empty()) << "nothing is wrong that could be silenced";
  bench.lose();
  bench.world.round();
  const auto& events = bench.watcher().state().last_round->events;
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].step, ProblemStep::opened);
  EXPECT_TRUE(events[0].is_silenced());
}

TEST(WatcherActions, ASilenceCanBeEnded) {
  ActionsBench bench;
  const auto silence = bench.watcher().silence(bench.silence_of_node(3600));
  ASSERT_TRUE(silence);
  bench.pass(60s);
  ASSERT_TRUE(bench.watcher().end_silence(silence->number));
  ASSERT_EQ(bench.listener.told.size(), 2u);
  EXPECT_EQ(bench.listener.told[1].step, ProblemStep::unsilenced);
  EXPECT_FALSE(bench.listener.told[1].is_silenced());
  EXPECT_EQ(bench.problem().silenced, std::nullopt);
  EXPECT_FALSE(bench.watcher().end_silence(silence->number)) << "it is over";
  bench.world.round();
  EXPECT_EQ(bench.steps_of_round(), Texts{}) << "it was told";
}

TEST(WatcherActions, ANewWatcherKnowsWhatWasSaid) {
  ActionsBench bench;
  ASSERT_TRUE(bench.watcher().acknowledge(bench.problem().id, {{}, "Ann", ""}));
  ASSERT_TRUE(bench.watcher().silence(bench.silence_of_node(3600)));
  Silence short_one = bench.silence_of_node(1);
  short_one.node.clear();
  short_one.to = "a.example";
  ASSERT_TRUE(bench.watcher().silence(short_one));
  bench.world.restart();
  bench.pass(10s);
  bench.world.round();
  EXPECT_EQ(bench.problem().acknowledged->by, "Ann");
  EXPECT_EQ(bench.problem().silenced->remark.by, "Ann");
  ASSERT_EQ(bench.watcher().state().silences.size(), 1u);
  EXPECT_EQ(bench.watcher().state().silences[0].node, broken_node);
}

TEST(WatcherActions, OnlyWhatIsWatchedCanBeSilencedAndNotWithoutEnd) {
  ActionsBench bench;
  Silence elsewhere = bench.silence_of_node(60);
  elsewhere.node = "192.0.2.9:443";
  EXPECT_EQ(bench.watcher().silence(elsewhere).error().kind, ActionRefusal::Kind::unknown);
  Silence stranger = bench.silence_of_node(60);
  stranger.to = "c.example";
  EXPECT_EQ(bench.watcher().silence(stranger).error().kind, ActionRefusal::Kind::unknown);
  for (size_t i = 0; i < Actions::most_silences; ++i)
    ASSERT_TRUE(bench.watcher().silence(bench.silence_of_node(60)));
  EXPECT_EQ(bench.watcher().silence(bench.silence_of_node(60)).error().kind, ActionRefusal::Kind::too_many);
}

TEST(WatcherActions, APairThatIsWantedSoonIsAskedInARoundThatBeginsSoon) {
  ActionsBench bench;
  Watcher& watcher = bench.watcher();
  const SpawnedTask running = bench.world.loop.spawn(watcher.run());
  bench.pass(30s);
  const uint64_t rounds = watcher.state().rounds;
  ASSERT_TRUE(watcher.ask_soon({"a.example", "b.example", broken_node}));
  bench.pass(1s);
  EXPECT_EQ(watcher.state().rounds, rounds + 1) << "the interval of a minute is not over";
  ASSERT_TRUE(watcher.ask_soon({"a.example", "b.example", broken_node}));
  bench.pass(1s);
  EXPECT_EQ(watcher.state().rounds, rounds + 1) << "rounds do not follow each other without a pause";
  bench.pass(5s);
  EXPECT_EQ(watcher.state().rounds, rounds + 2);
  bench.pass(30s);
  EXPECT_EQ(watcher.state().rounds, rounds + 2) << "then they have their pace again";
  watcher.stop();
  bench.pass(1s);
  EXPECT_TRUE(running.ended());
}

TEST(WatcherActions, OnlyWatchedPairsAreAskedSoonAndNotTooMany) {
  ActionsBench bench;
  Watcher& watcher = bench.watcher();
  EXPECT_EQ(watcher.ask_soon({"a.example", "stranger.example", broken_node}).error().kind,
            ActionRefusal::Kind::unknown);
  EXPECT_EQ(watcher.ask_soon({"a.example", "b.example", "10.0.0.1:443"}).error().kind,
            ActionRefusal::Kind::unknown);
  for (size_t i = 0; i < Actions::most_asked_soon; ++i)
    ASSERT_TRUE(watcher.ask_soon({"a.example", "b.example", broken_node})) << i;
  EXPECT_EQ(watcher.ask_soon({"a.example", "b.example", broken_node}).error().kind,
            ActionRefusal::Kind::too_many);
  bench.pass(60s);
  EXPECT_TRUE(watcher.ask_soon({"a.example", "b.example", broken_node}));
}

TEST(WatcherActions, AWantedPairIsAskedWhicheverHasItsTurn) {
  std::vector<astray::test::FakeSite> sites;
  for (int i = 0; i < 30; ++i) sites.push_back(site("n" + std::to_string(i) + ".example"));
  WatchedWorld world(sites);
  for (const astray::test::FakeSite& each : sites)
    world.settings.targets.push_back(*parse_target(each.name + "@192.0.2.1"));
  world.settings.pace.cells_per_round = 300;
  const auto was_asked = [&] {
    for (const CellRecord& record : world.watcher().state().last_round->answers)
      if (record.key.sni == "n3.example" && record.key.authority == "n20.example") return true;
    return false;
  };
  world.round();
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(world.watcher().ask_soon({"n3.example", "n20.example", "192.0.2.1:443"}));
    EXPECT_LE(world.round().last_round->cells, 300U);
    EXPECT_TRUE(was_asked()) << round;
  }
}

}  // namespace
}  // namespace astray::watch
