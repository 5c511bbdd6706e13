#include "watch/watcher.h"

#include <gtest/gtest.h>

#include "io/sleep.h"
#include "watch/watched_world_test.h"

namespace astray::watch {
namespace {

using namespace std::chrono_literals;
using test::site;
using test::WatchedWorld;
using Texts = std::vector<std::string>;

ProbeTarget target(const std::string& text) {
  return *parse_target(text);
}

Task<void> pass_time(Loop& loop, Duration time) {
  co_await sleep_for(loop, time);
}

Task<void> stop_after(Loop& loop, Watcher& watcher, Duration time) {
  co_await sleep_for(loop, time);
  watcher.stop();
  co_await sleep_for(loop, 2s);
}

Task<void> wait_for_rounds(Loop& loop, const Watcher& watcher, uint64_t rounds) {
  while (watcher.state().rounds < rounds) co_await sleep_for(loop, 1s);
}

/// Two names at two nodes.
std::unique_ptr<WatchedWorld> two_by_two() {
  auto world = std::make_unique<WatchedWorld>(std::vector{site("a.example"), site("b.example")});
  for (const char* name : {"a.example", "b.example"})
    for (const char* node : {"192.0.2.1", "192.0.2.2"})
      world->settings.targets.push_back(target(std::string(name) + "@" + node));
  return world;
}

TEST(Watcher, AHealthyWorldHasNoProblems) {
  const auto world = two_by_two();
  for (int round = 1; round <= 4; ++round) {
    const WatchState& state = world->round();
    EXPECT_EQ(world->events(), Texts{});
    EXPECT_TRUE(state.problems.empty());
    EXPECT_TRUE(state.troubles.empty());
    EXPECT_EQ(state.rounds, static_cast<uint64_t>(round));
    EXPECT_EQ(state.last_round->number, static_cast<uint64_t>(round));
  }
  EXPECT_EQ(world->watcher().state().names, (Texts{"a.example", "b.example"}));
  EXPECT_EQ(world->watcher().state().nodes, (Texts{"192.0.2.1:443", "192.0.2.2:443"}));
  EXPECT_EQ(world->asker.cells.size(), 4U);  // nothing was to be confirmed
}

TEST(Watcher, ALostVirtualHostIsToldOnceAndResolvedOnce) {
  const auto world = two_by_two();
  world->round();
  world->be_at("192.0.2.2:443", {site("a.example")});
  Texts told;
  for (int round = 0; round < 4; ++round) {
    world->round();
    for (const std::string& event : world->events()) told.push_back(event);
  }
  ASSERT_EQ(told.size(), 1U) << testing::PrintToString(told);
  EXPECT_EQ(told[0].substr(0, 6), "opened");
  ASSERT_EQ(world->watcher().state().problems.size(), 1U);
  EXPECT_EQ(world->watcher().state().problems[0].nodes, Texts{"192.0.2.2:443"});
  EXPECT_EQ(world->watcher().state().problems[0].to, "b.example");

  told.clear();
  world->be({site("a.example"), site("b.example")});
  for (int round = 0; round < 4; ++round) {
    world->round();
    for (const std::string& event : world->events()) told.push_back(event);
  }
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].substr(0, 8), "resolved");
  EXPECT_TRUE(world->watcher().state().problems.empty());
}

TEST(Watcher, AllNodesDownIsOneProblem) {
  auto world = std::make_unique<WatchedWorld>(std::vector{site("a.example"), site("b.example")});
  for (const char* name : {"a.example", "b.example"})
    for (const char* node : {"192.0.2.1", "192.0.2.2", "192.0.2.3"})
      world->settings.targets.push_back(target(std::string(name) + "@" + node));
  world->round();
  for (const char* node : {"192.0.2.1:443", "192.0.2.2:443", "192.0.2.3:443"}) world->silence(node, true);
  size_t opened = 0;
  for (int round = 0; round < 3; ++round) {
    world->round();
    opened += world->events().size();
  }
  EXPECT_EQ(opened, 1U);
  ASSERT_EQ(world->watcher().state().problems.size(), 1U);
  EXPECT_EQ(world->watcher().state().problems[0].kind, ProblemKind::nothing_answers);
}

/// Says that another agent asks a node.
class AnotherAgent final : public Outlet {
 public:
  AnotherAgent(Loop& loop, std::string node) : node_(std::move(node)), never_(loop) {}
  const std::string& name() const override { return node_; }
  void offer(const std::shared_ptr<const RoundRecord>& round) override { offered = round; }
  Task<void> run() override { return never_.pass(); }
  std::optional<std::string> trouble() const override { return std::nullopt; }
  void leave_to_others(ProbeNodes& nodes) override {
    std::erase_if(nodes.nodes, [&](const ProbeNode& node) { return node.endpoint.text() == node_; });
  }
  std::shared_ptr<const RoundRecord> offered;

 private:
  std::string node_;
  Gate never_;
};

TEST(Watcher, AnAgentAsksItsShareAndJudgesNothing) {
  const auto world = two_by_two();
  world->settings.is_agent = true;
  AnotherAgent other(world->loop, "192.0.2.2:443");
  world->watcher().add_outlet(other);
  world->round();
  world->be({site("a.example")});
  for (int round = 0; round < 3; ++round) {
    const WatchState& state = world->round();
    EXPECT_EQ(world->events(), Texts{});
    EXPECT_TRUE(state.problems.empty());
    EXPECT_EQ(state.nodes, (Texts{"192.0.2.1:443", "192.0.2.2:443"})) << "both are known";
  }
  EXPECT_EQ(world->asker.cells.size(), 4U) << "nothing was asked again";
  ASSERT_NE(other.offered, nullptr);
  EXPECT_FALSE(other.offered->answers.empty());
  for (const CellRecord& record : other.offered->answers) EXPECT_EQ(record.key.node, "192.0.2.1:443");
}

TEST(Watcher, AnAgentWhoseNodesAreAllAskedByOthersStandsBy) {
  WatchedWorld world({site("a.example")});
  world.settings.targets = {target("a.example@192.0.2.1")};
  world.settings.is_agent = true;
  AnotherAgent other(world.loop, "192.0.2.1:443");
  world.watcher().add_outlet(other);
  EXPECT_EQ(world.round().last_round->cells, 0U);
  EXPECT_EQ(world.round().rounds, 2U);
  EXPECT_TRUE(world.watcher().state().troubles.empty());
}

TEST(Watcher, WhatAwaitsARestartIsSaidUntilItNoLongerDoes) {
  const auto world = two_by_two();
  world->round();
  WatchSettings changed = world->watcher().settings();
  changed.awaiting_restart = {"store.path", "webhooks"};
  ASSERT_TRUE(world->watcher().adopt(changed));
  const WatchState& state = world->round();
  ASSERT_EQ(state.troubles.size(), 1U);
  EXPECT_NE(state.troubles[0].find("needs a restart: store.path, webhooks"), std::string::npos) << state.troubles[0];
  ASSERT_EQ(world->events().size(), 1U) << "who is told of alerts is told of this too";
  EXPECT_TRUE(world->events()[0].starts_with("opened watcher-impaired")) << world->events()[0];
  changed.awaiting_restart.clear();
  ASSERT_TRUE(world->watcher().adopt(changed));
  EXPECT_TRUE(world->round().troubles.empty());
}

Hostname hostname(std::string_view text) {
  return *Hostname::parse(text);
}

TEST(Watcher, ADnsOutageIsSaidAndTheKnownAddressesAreAsked) {
  WatchedWorld world({site("a.example"), site("b.example")});
  world.settings.targets = {target("https://a.example"), target("https://b.example")};
  world.resolver.set(hostname("a.example"), {*IpAddress::parse("192.0.2.1"), *IpAddress::parse("192.0.2.2")});
  world.resolver.set(hostname("b.example"), {*IpAddress::parse("192.0.2.1")});
  const uint64_t cells = world.round().last_round->cells;
  EXPECT_GT(cells, 0U);
  EXPECT_TRUE(world.watcher().state().troubles.empty());

  for (const char* name : {"a.example", "b.example"})
    world.resolver.set(hostname(name), ResolveError{ResolveError::Kind::timed_out, "no DNS server answered"});
  const WatchState& during = world.round();
  EXPECT_EQ(during.last_round->cells, cells);
  ASSERT_EQ(during.troubles.size(), 1U);
  EXPECT_EQ(during.troubles[0].substr(0, 4), "DNS:");
  EXPECT_NE(during.troubles[0].find("a.example"), std::string::npos);

  for (const char* name : {"a.example", "b.example"}) world.resolver.swallow(hostname(name));
  const Duration before = world.loop.elapsed();
  EXPECT_EQ(world.round().last_round->cells, cells);
  EXPECT_EQ(world.watcher().state().troubles[0].substr(0, 4), "DNS:");
  EXPECT_LT(world.loop.elapsed() - before, world.settings.pace.interval);
}

TEST(Watcher, ANameThatWasNeverFoundIsSaid) {
  WatchedWorld world({site("a.example")});
  world.settings.targets = {target("https://nowhere.example")};
  const WatchState& state = world.round();
  EXPECT_EQ(state.last_round->cells, 0U);
  ASSERT_EQ(state.troubles.size(), 1U);
  EXPECT_NE(state.troubles[0].find("nowhere.example"), std::string::npos);
}

TEST(Watcher, AJumpOfTheClockIsSaidOnceAndChangesNoPace) {
  const auto world = two_by_two();
  world->round();
  world->clock_error = 3 * 3600;
  const WatchState& state = world->round();
  ASSERT_EQ(state.troubles.size(), 1U);
  EXPECT_EQ(state.troubles[0].substr(0, 48), "the machine's clock jumped: 10800 s forward; the");
  EXPECT_TRUE(world->round().troubles.empty());
  world->clock_error = 0;
  EXPECT_NE(world->round().troubles.at(0).find("10800 s back"), std::string::npos);
}

TEST(Watcher, RoundsKeepTheirPace) {
  const auto world = two_by_two();
  world->settings.pace.interval = 60s;
  world->settings.pace.jitter = 0.1;
  Watcher& watcher = world->watcher();
  const SpawnedTask running = world->loop.spawn(watcher.run());
  const auto wait_for = [&](Duration time) { EXPECT_TRUE(world->loop.run_until_done(pass_time(world->loop, time))); };
  wait_for(30s);
  EXPECT_EQ(watcher.state().rounds, 1U);
  // With half of the jitter each: rounds begin at 0, 63, 126 …
  wait_for(600s);
  EXPECT_EQ(watcher.state().rounds, 10U);
  watcher.stop();
  wait_for(1s);
  EXPECT_TRUE(running.ended());
}

TEST(Watcher, ARoundThatIsStoppedIsForgotten) {
  const auto world = two_by_two();
  world->asker.of_a_connection = 1s;
  Watcher& watcher = world->watcher();
  const SpawnedTask running = world->loop.spawn(watcher.run());
  ASSERT_TRUE(world->loop.run_until_done(stop_after(world->loop, watcher, 5s)));
  EXPECT_TRUE(running.ended());
  EXPECT_EQ(watcher.state().rounds, 0U);
  EXPECT_TRUE(world->store.rounds(std::nullopt, 10)->empty());
}

TEST(Watcher, ALateRoundIsSaid) {
  const auto world = two_by_two();
  world->settings.pace.interval = 1s;
  world->asker.of_a_connection = 500ms;
  Watcher& watcher = world->watcher();
  const SpawnedTask running = world->loop.spawn(watcher.run());
  ASSERT_TRUE(world->loop.run_until_done(wait_for_rounds(world->loop, watcher, 2)));
  ASSERT_EQ(watcher.state().troubles.size(), 1U);
  EXPECT_EQ(watcher.state().troubles[0].substr(0, 40), "a round takes longer than the interval: ");
  watcher.stop();
}

TEST(Watcher, WhileTheStoreFailsAlertsGoOnAndTheTroubleIsSaid) {
  const auto world = two_by_two();
  world->store_fails = StoreError{StoreTrouble::unavailable, "/var/lib/watch.db cannot be opened"};
  world->round();
  EXPECT_EQ(world->watcher().state().troubles.at(0), "the store fails: /var/lib/watch.db cannot be opened");
  world->be_at("192.0.2.2:443", {site("a.example")});
  Texts told;
  for (int round = 0; round < 3; ++round) {
    world->round();
    for (const std::string& event : world->events())
      if (event.find("watcher-impaired") == std::string::npos) told.push_back(event);
  }
  ASSERT_EQ(told.size(), 1U) << testing::PrintToString(told);
  EXPECT_EQ(told[0].substr(0, 6), "opened");

  world->store_fails.reset();
  world->round();
  EXPECT_EQ(world->store.rounds(std::nullopt, 10)->size(), 1U);
  EXPECT_TRUE(world->round().troubles.empty());
  // What was found meanwhile is remembered.
  bool is_stored = false;
  const Stored<std::vector<Problem>> kept = world->store.unresolved_problems();
  for (const Problem& problem : kept.value())
    is_stored = is_stored || problem.to == "b.example";
  EXPECT_TRUE(is_stored);
}

TEST(Watcher, ConfigurationsThatNobodyCanReadAreSaid) {
  const auto world = two_by_two();
  Configured broken;
  broken.troubles = {"configurations: /etc/nginx: no such file or folder"};
  world->configured = std::make_shared<const Configured>(std::move(broken));
  EXPECT_EQ(world->round().troubles, Texts{"configurations: /etc/nginx: no such file or folder"});
}

TEST(Watcher, LargeMatricesTakeTurnsAndProblemsAreAskedAgain) {
  std::vector<astray::test::FakeSite> sites;
  for (int i = 0; i < 30; ++i) sites.push_back(site("n" + std::to_string(i) + ".example"));
  WatchedWorld world(sites);
  for (const astray::test::FakeSite& each : sites)
    for (const char* node : {"192.0.2.1", "192.0.2.2"})
      world.settings.targets.push_back(target(each.name + "@" + node));
  world.settings.pace.cells_per_round = 300;
  for (int round = 0; round < 4; ++round) EXPECT_LE(world.round().last_round->cells, 300U);
  std::vector<astray::test::FakeSite> without = sites;
  without.erase(without.begin() + 7);
  world.be_at("192.0.2.1:443", without);
  Texts told;
  for (int round = 0; round < 10; ++round) {
    world.round();
    for (const std::string& event : world.events()) told.push_back(event);
  }
  ASSERT_EQ(told.size(), 1U) << testing::PrintToString(told);
  EXPECT_NE(told[0].find("n7.example"), std::string::npos);
  // Now it is asked in every round, whichever has its turn.
  for (int round = 0; round < 3; ++round) {
    world.round();
    bool is_asked = false;
    for (const CellRecord& record : world.watcher().state().last_round->answers)
      is_asked = is_asked || (record.key.is_baseline() && record.key.authority == "n7.example");
    EXPECT_TRUE(is_asked);
  }
}

TEST(Watcher, NewSettingsHoldFromTheNextRoundOn) {
  const auto world = two_by_two();
  world->round();
  WatchSettings fewer = world->settings;
  fewer.targets.pop_back();
  fewer.targets.pop_back();
  ASSERT_TRUE(world->watcher().adopt(fewer));
  world->round();
  EXPECT_EQ(world->watcher().state().names, Texts{"a.example"});
  WatchSettings bad = fewer;
  bad.logs = {{"/var/log/access.log", "web1", "$"}};
  EXPECT_FALSE(world->watcher().adopt(bad));
  EXPECT_TRUE(world->watcher().settings().logs.empty());
}

}  // namespace
}  // namespace astray::watch
