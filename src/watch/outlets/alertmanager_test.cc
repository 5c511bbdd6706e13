#include "watch/outlets/alertmanager.h"

#include <gtest/gtest.h>

#include "watch/model/instant_text.h"
#include "watch/outlets/outlet_world_test.h"

namespace astray::watch {
namespace {

using namespace std::chrono_literals;
using test::OutletWorld;
using test::problem_of;
using test::Response;
using test::round_of;

class AlertmanagerTest : public testing::Test {
 protected:
  void start() {
    running = world.loop.spawn(manager.run());
    world.run_for(1s);
  }
  static size_t count(const std::string& text, const std::string& part) {
    size_t found = 0;
    for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
  }
  std::string ends_in(int64_t seconds) const { return instant_text({world.now().unix_seconds + seconds}); }

  OutletWorld world;
  Alertmanager manager{*Url::parse(std::string(OutletWorld::address) + "/am/"), 10s, world.tools()};
  SpawnedTask running;
};

TEST_F(AlertmanagerTest, TellsOfAnOpenProblemEachMinuteWhileItLasts) {
  start();
  EXPECT_TRUE(world.received.empty());
  world.add_round(manager, round_of(ProblemStep::opened, "a"));
  world.run_for(10ms);
  ASSERT_EQ(world.received.size(), 1u);
  EXPECT_TRUE(world.received[0].head.starts_with("POST /am/api/v2/alerts HTTP/1.1\r\n"));
  EXPECT_NE(world.received[0].body.find("\"endsAt\":\"" + ends_in(240) + "\""), std::string::npos)
      << world.received[0].body;
  for (int i = 0; i < 600; ++i) {
    RoundRecord quiet;
    quiet.problems = {problem_of("a", ProblemState::open)};
    world.add_round(manager, quiet);
    world.run_for(1s);
  }
  EXPECT_EQ(world.received.size(), 11u);
  EXPECT_EQ(manager.figures().delivered, 1u);
}

TEST_F(AlertmanagerTest, SaysOnceThatAProblemIsOver) {
  start();
  world.add_round(manager, round_of(ProblemStep::opened, "a"));
  world.run_for(10ms);
  world.add_round(manager, round_of(ProblemStep::resolved, "a"));
  world.run_for(1h);
  ASSERT_EQ(world.received.size(), 2u);
  EXPECT_NE(
      world.received[1].body.find("\"endsAt\":\"" + instant_text({OutletWorld::began.unix_seconds + 60})),
      std::string::npos)
      << world.received[1].body;
}

TEST_F(AlertmanagerTest, WhatWasOverWhileItWasAwayIsToldAfterwards) {
  start();
  world.add_round(manager, round_of(ProblemStep::opened, "a"));
  world.run_for(10ms);
  world.down();
  world.add_round(manager, round_of(ProblemStep::resolved, "a"));
  world.run_for(1h);
  EXPECT_TRUE(manager.trouble());
  EXPECT_EQ(world.received.size(), 1u);
  world.up();
  world.run_for(2min);
  ASSERT_EQ(world.received.size(), 2u);
  EXPECT_EQ(count(world.received[1].body, "\"problem\":\"a\""), 1u);
  EXPECT_EQ(manager.trouble(), std::nullopt);
}

TEST_F(AlertmanagerTest, ARestartOfTheWatcherEndsNoAlert) {
  world.store.kept_problems = {problem_of("a", ProblemState::open), problem_of("b", ProblemState::suspected)};
  start();
  ASSERT_EQ(world.received.size(), 1u);
  EXPECT_EQ(count(world.received[0].body, "\"problem\":\"a\""), 1u);
  EXPECT_EQ(count(world.received[0].body, "\"problem\":\"b\""), 0u);
}

TEST_F(AlertmanagerTest, GoesOnWhileTheStoreFails) {
  start();
  world.store.fails = true;
  world.add_round(manager, round_of(ProblemStep::opened, "a"));
  world.run_for(10ms);
  ASSERT_EQ(world.received.size(), 1u);
  world.add_round(manager, round_of(ProblemStep::resolved, "a"));
  world.run_for(10ms);
  ASSERT_EQ(world.received.size(), 2u);
  EXPECT_EQ(count(world.received[1].body, "\"problem\":\"a\""), 1u);
}

TEST_F(AlertmanagerTest, ManyProblemsGoInSeveralMessages) {
  start();
  RoundRecord round;
  for (int i = 0; i < 450; ++i)
    round.problems.push_back(problem_of("p" + std::to_string(i), ProblemState::open));
  world.add_round(manager, round);
  world.run_for(1min);
  ASSERT_EQ(world.received.size(), 3u);
  EXPECT_EQ(count(world.received[0].body, "startsAt"), 200u);
  EXPECT_EQ(count(world.received[2].body, "startsAt"), 50u);
}

TEST_F(AlertmanagerTest, SaysWhatItDoesNotUnderstandAndGoesOn) {
  world.responses = {Response::status(400, "\"start time must be before end time\"")};
  start();
  world.add_round(manager, round_of(ProblemStep::opened, "a"));
  world.run_for(10ms);
  ASSERT_TRUE(manager.trouble());
  EXPECT_NE(manager.trouble()->find("start time must be"), std::string::npos);
  world.run_for(1min);
  EXPECT_EQ(world.received.size(), 2u);
  EXPECT_EQ(manager.trouble(), std::nullopt);
}

TEST(AlertJson, HasAFixedSetOfLabelsAndBoundedTexts) {
  Problem problem = problem_of("a", ProblemState::open);
  problem.from = "";
  problem.to = std::string(300, 'x');
  problem.cause = std::string(2047, 'c') + "äöü";
  for (int i = 0; i < 1000; ++i) problem.affected_names.push_back(std::to_string(i) + ".example");
  const Alert alert{problem, OutletWorld::began};
  const std::string json = alerts_json({&alert, 1});
  EXPECT_TRUE(
      json.starts_with("[{\"labels\":{\"alertname\":\"AstrayCertificateGap\",\"job\":\"astray-watch\","
                       "\"kind\":\"certificate-gap\",\"severity\":\"error\",\"problem\":\"a\","
                       "\"name\":\"" +
                       std::string(253, 'x') + "…\"},"))
      << json;
  EXPECT_NE(json.find(std::string(2045, 'c') + "…\""), std::string::npos);
  EXPECT_LT(json.size(), 5000u);
}

TEST(AlertJson, NeverEndsBeforeItStarts) {
  const Alert alert{problem_of("a", ProblemState::resolved), {OutletWorld::began.unix_seconds - 5}};
  const std::string began = instant_text(OutletWorld::began);
  EXPECT_NE(alerts_json({&alert, 1}).find("\"startsAt\":\"" + began + "\",\"endsAt\":\"" + began + "\""),
            std::string::npos);
}

TEST_F(AlertmanagerTest, ASilencedProblemIsNotRepeatedUntilTheSilenceEnds) {
  start();
  world.add_round(manager, round_of(ProblemStep::opened, "a"));
  world.run_for(10ms);
  ASSERT_EQ(world.received.size(), 1u);
  ProblemEvent silenced = test::event_of(ProblemStep::silenced, problem_of("a", ProblemState::open));
  silenced.problem.silenced = Silenced{{world.now(), "Ann", ""}, {world.now().unix_seconds + 600}};
  ASSERT_TRUE(world.store.add_event(silenced));
  manager.tell(silenced);
  world.run_for(590s);
  EXPECT_EQ(world.received.size(), 1u) << "nothing is said of it";
  world.run_for(70s);
  EXPECT_EQ(world.received.size(), 2u) << "and again once the silence is over, also without a round";
}

TEST_F(AlertmanagerTest, AnAcknowledgementIsAnAnnotationAndChangesNoIdentity) {
  start();
  world.add_round(manager, round_of(ProblemStep::opened, "a"));
  world.run_for(10ms);
  ProblemEvent event = test::event_of(ProblemStep::acknowledged, problem_of("a", ProblemState::open));
  event.problem.acknowledged = Remark{world.now(), "Ann", "on its way"};
  ASSERT_TRUE(world.store.add_event(event));
  manager.tell(event);
  world.run_for(10ms);
  ASSERT_EQ(world.received.size(), 2u);
  const auto labels = [&](size_t message) {
    const std::string& body = world.received[message].body;
    return body.substr(body.find("\"labels\""), body.find("\"annotations\"") - body.find("\"labels\""));
  };
  EXPECT_EQ(labels(0), labels(1));
  EXPECT_NE(world.received[1].body.find("\"acknowledged\":\"Ann: on its way\""), std::string::npos)
      << world.received[1].body;
}

}  // namespace
}  // namespace astray::watch
