// Time and chance: when people are told, when not yet, and when no longer.
#include <gtest/gtest.h>

#include "watch/detection/small_world_test.h"

namespace astray::watch::test {
namespace {

World without_h2(World world, std::initializer_list<size_t> nodes) {
  for (const size_t node : nodes)
    for (auto& [name, host] : world.nodes.at(node - 1).hosts) host.h2 = false;
  return world;
}

TEST(Life, ARollingChangeIsOneProblemThatGrows) {
  const World well = World::of(3, 2);
  Rounds rounds;
  rounds.ask(well);
  EXPECT_EQ(rounds.ask(without_h2(well, {1})), "opened protocol-changed a.example,b.example 1\n");
  const std::string id = rounds.problem()->id;
  EXPECT_EQ(rounds.ask(without_h2(well, {1, 2})), "grown protocol-changed a.example,b.example 1,2\n");
  EXPECT_EQ(rounds.ask(without_h2(well, {1, 2, 3})), "grown protocol-changed a.example,b.example 1,2,3\n");
  EXPECT_EQ(rounds.problem()->id, id);
  EXPECT_EQ(rounds.ask(without_h2(well, {1, 2, 3})), "");
  // Mended node by node: it is told when the last one is.
  EXPECT_EQ(rounds.ask(without_h2(well, {2, 3})), "");
  EXPECT_EQ(rounds.problem()->nodes, (std::vector<std::string>{"192.0.2.2:443", "192.0.2.3:443"}));
  EXPECT_EQ(rounds.ask(without_h2(well, {3})), "");
  EXPECT_EQ(rounds.ask(well), "resolved protocol-changed a.example,b.example 3\n");
}

TEST(Life, AChangeThatStaysIsTheNewNormal) {
  AlertSettings settings;
  settings.settle = std::chrono::minutes(5);
  const World well = World::of(3, 2);
  const World changed = without_h2(well, {1, 2});
  Rounds rounds(settings);
  rounds.ask(well);
  EXPECT_EQ(rounds.ask(changed), "opened protocol-changed a.example,b.example 1,2\n");
  for (int i = 0; i < 4; ++i) EXPECT_EQ(rounds.ask(changed), "");
  EXPECT_EQ(rounds.ask(changed), "accepted protocol-changed a.example,b.example 1,2\n");
  for (int i = 0; i < 4; ++i) EXPECT_EQ(rounds.ask(changed), "");
}

TEST(Life, PeopleAreToldWhenItHasLasted) {
  AlertSettings settings;
  settings.hold = std::chrono::minutes(2);
  const World well = World::of(3, 2);
  World broken = well;
  broken.host(1, "a.example").status = 404;
  Rounds rounds(settings);
  rounds.ask(well);
  EXPECT_EQ(rounds.ask(broken), "");
  EXPECT_EQ(rounds.ask(broken), "");
  // What is over before is never told.
  EXPECT_EQ(rounds.ask(well), "");
  EXPECT_EQ(rounds.problem(), nullptr);
  EXPECT_EQ(rounds.ask(broken), "");
  EXPECT_EQ(rounds.ask(broken), "");
  EXPECT_EQ(rounds.ask(broken), "opened refused a.example 1\n");
}

TEST(Life, ASecondAnswerThatIsWellKeepsItASuspicion) {
  const World well = World::of(3, 2);
  World broken = well;
  broken.host(1, "a.example").status = 404;
  Rounds rounds;
  rounds.ask(well);
  rounds.second_world = &well;
  EXPECT_EQ(rounds.ask(broken), "");
  EXPECT_EQ(rounds.problem()->state, ProblemState::suspected);
  EXPECT_EQ(rounds.ask(broken), "");
  rounds.second_world = nullptr;
  EXPECT_EQ(rounds.ask(broken), "opened refused a.example 1\n");
  // Seen, not seen, and wrong where it was asked again: it has not ended.
  rounds.second_world = &broken;
  EXPECT_EQ(rounds.ask(well), "");
  EXPECT_EQ(rounds.ask(broken), "");
  EXPECT_EQ(rounds.ask(well), "");
  EXPECT_EQ(rounds.ask(well), "resolved refused a.example 1\n");
}

TEST(Life, WithoutSecondAnswersASecondRoundCounts) {
  const World well = World::of(1, 2);
  World broken = well;
  broken.host(1, "a.example").status = 404;
  Rounds rounds;
  rounds.asks_again = false;
  rounds.ask(well);
  EXPECT_EQ(rounds.ask(broken), "");
  EXPECT_EQ(rounds.ask(broken), "opened refused a.example 1\n");
  EXPECT_EQ(rounds.ask(well), "");
  EXPECT_EQ(rounds.ask(well), "resolved refused a.example 1\n");
}

TEST(Life, WhatIsWatchedNoLongerIsAtAnEnd) {
  const World well = World::of(3, 3);
  World broken = well;
  broken.host(1, "c.example").status = 404;
  Rounds rounds;
  rounds.ask(well);
  EXPECT_EQ(rounds.ask(broken), "opened refused c.example 1\n");
  World fewer = broken;
  fewer.names.pop_back();
  EXPECT_EQ(rounds.ask(fewer), "resolved refused  1\n");
  EXPECT_NE(rounds.last().events.front().problem.cause.find("no longer watched"), std::string::npos);
  EXPECT_EQ(rounds.ask(fewer), "");
}

TEST(Life, WhileNothingAnswersNothingElseEnds) {
  const World well = World::of(2, 2);
  World broken = well;
  broken.host(1, "a.example").status = 404;
  World gone = broken;
  for (WorldNode& node : gone.nodes) node.is_silent = true;
  Rounds rounds;
  rounds.ask(well);
  EXPECT_EQ(rounds.ask(broken), "opened refused a.example 1\n");
  EXPECT_EQ(rounds.ask(gone), "opened nothing-answers a.example,b.example 1,2\n");
  EXPECT_EQ(rounds.ask(gone), "");
  EXPECT_EQ(rounds.ask(broken), "resolved nothing-answers a.example,b.example 1,2\n");
  EXPECT_EQ(rounds.ask(well), "resolved refused a.example 1\n");
}

TEST(Life, WhatIsWrongFromTheStartIsTold) {
  World broken = World::of(3, 3);
  broken.certificates["old"] = {.names = broken.names, .not_after = Instant{1'700'000'000}};
  broken.host(1, "a.example").certificate = "old";
  broken.host(2, "b.example").page = broken.host(2, "c.example").page;
  broken.host(3, "c.example").h2 = false;
  Rounds rounds;
  EXPECT_EQ(
      rounds.ask(broken),
      "opened certificate-expired a.example 1\nopened misdirected b.example 2\nopened parity c.example 3\n");
  EXPECT_EQ(rounds.ask(broken), "");
}

TEST(Life, OfTwoNodesTheOneThatTurnsAwayWhatTheOtherServesIsTold) {
  const World well = World::of(2, 2);
  World broken = well;
  broken.host(2, "b.example").status = 421;
  Rounds rounds;
  EXPECT_EQ(rounds.ask(broken), "opened refused b.example 2\n");
  EXPECT_EQ(rounds.ask(broken), "");
  EXPECT_EQ(rounds.ask(well), "resolved refused b.example 2\n");
}

TEST(Life, TroublesOfTheWatcherAndRising421sAreTold) {
  const World well = World::of(1, 2);
  Rounds rounds;
  rounds.ask(well);
  rounds.troubles = {"DNS does not answer: 3 names were asked"};
  EXPECT_EQ(rounds.ask(well), "opened watcher-impaired  \n");
  rounds.troubles = {"DNS does not answer: 4 names were asked"};
  EXPECT_EQ(rounds.ask(well), "");
  EXPECT_EQ(rounds.ask(well), "");
  EXPECT_EQ(rounds.ask(well), "resolved watcher-impaired  \n");

  const RefusalCount pair{.node = "/var/log/nginx/access.log", .from = "a.example", .to = "b.example"};
  RefusalCount few = pair, many = pair;
  few.count = 9;
  many.count = 40;
  rounds.mean_refusals = {{pair, 8.0}};
  rounds.refusals = {few};
  EXPECT_EQ(rounds.ask(well), "");
  rounds.refusals = {many};
  const std::string told = rounds.ask(well);
  EXPECT_NE(told.find("opened refusals-rising a.example,b.example"), std::string::npos) << told;
}

TEST(Life, APairThatClientsPutTogetherSinceNowIsTold) {
  World apart = World::of(1, 2);
  apart.certificates["of a"] = {.names = {"a.example"}};
  apart.host(1, "a.example").certificate = "of a";
  World together = apart;
  together.host(1, "a.example").certificate = "all";
  Rounds rounds;
  rounds.ask(apart);
  EXPECT_EQ(rounds.ask(apart), "");
  EXPECT_EQ(rounds.ask(together), "opened newly-coalescible a.example,b.example 1\n");
  EXPECT_EQ(rounds.ask(together), "");
}

}  // namespace
}  // namespace astray::watch::test
