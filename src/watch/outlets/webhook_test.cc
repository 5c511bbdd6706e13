#include "watch/outlets/webhook.h"

#include <gtest/gtest.h>

#include "watch/outlets/outlet_world_test.h"
#include "watch/outlets/signature.h"

namespace astray::watch {
namespace {

using namespace std::chrono_literals;
using test::OutletWorld;
using test::Response;
using test::round_of;

class WebhookTest : public testing::Test {
 protected:
  void start() { running = world.loop.spawn(hook.run()); }
  std::vector<std::string> keys() const {
    std::vector<std::string> all;
    for (const test::Received& received : world.received) all.push_back(received.field("Idempotency-Key"));
    return all;
  }

  OutletWorld world;
  Webhook hook{*Url::parse(std::string(OutletWorld::address) + "/hook?a=b"), "sesame", 10s, world.tools()};
  SpawnedTask running;
};

TEST_F(WebhookTest, PostsEachEventOnceInOrderOnOneConnection) {
  start();
  world.run_for(1s);
  EXPECT_TRUE(world.received.empty());
  world.add_round(hook, round_of(ProblemStep::opened, "a"));
  world.add_round(hook, round_of(ProblemStep::opened, "b"));
  world.run_for(1s);
  world.add_round(hook, round_of(ProblemStep::resolved, "a"));
  world.run_for(1h);
  EXPECT_EQ(keys(), (std::vector<std::string>{"\"5707e1d-1\"", "\"5707e1d-2\"", "\"5707e1d-3\""}));
  ASSERT_EQ(world.received.size(), 3u);
  EXPECT_TRUE(world.received[0].head.starts_with("POST /hook?a=b HTTP/1.1\r\n")) << world.received[0].head;
  EXPECT_EQ(world.received[0].field("Content-Type"), "application/json");
  EXPECT_NE(world.received[0].body.find("\"step\":\"opened\""), std::string::npos);
  EXPECT_EQ(world.received[1].connection, 1u);
  EXPECT_EQ(hook.trouble(), std::nullopt);
  EXPECT_EQ(hook.figures().delivered, 3u);
  EXPECT_EQ(world.store.kept_cursors[hook.name()], 3u);
}

TEST_F(WebhookTest, SignsTimestampAndBody) {
  start();
  world.run_for(90s);
  world.add_round(hook, round_of(ProblemStep::opened, "a"));
  world.run_for(1s);
  ASSERT_EQ(world.received.size(), 1u);
  const std::string timestamp = world.received[0].field("Astray-Timestamp");
  EXPECT_EQ(timestamp, std::to_string(OutletWorld::began.unix_seconds + 90));
  EXPECT_EQ(world.received[0].field("Astray-Signature"),
            sign("sesame", {std::stoll(timestamp)}, world.received[0].body));
}

// $ printf '1764400000.{"a":1}' | openssl dgst -sha256 -hmac sesame
TEST(Signature, IsWhatOpensslMakesOfTimestampDotBody) {
  EXPECT_EQ(sign("sesame", {1764400000}, "{\"a\":1}"),
            "v1=4fc3b29a16d32418f971e4df410345753fae6939b5e666bf073b334d87ccaa1d");
}

TEST_F(WebhookTest, TriesAgainWithGrowingPausesUntilItIsTaken) {
  for (int i = 0; i < 4; ++i) world.responses.push_back(Response::status(503, "starting up"));
  start();
  world.run_for(1s);
  world.add_round(hook, round_of(ProblemStep::opened, "a"));
  world.add_round(hook, round_of(ProblemStep::resolved, "a"));
  world.run_for(100ms);
  ASSERT_TRUE(hook.trouble());
  EXPECT_NE(hook.trouble()->find("it answers 503 (starting up)"), std::string::npos) << *hook.trouble();
  EXPECT_EQ(hook.figures().waiting_since, OutletWorld::began);
  world.run_for(1min);
  EXPECT_EQ(keys(), (std::vector<std::string>{"\"5707e1d-1\"", "\"5707e1d-1\"", "\"5707e1d-1\"",
                                              "\"5707e1d-1\"", "\"5707e1d-1\"", "\"5707e1d-2\""}));
  for (size_t i = 1; i < 5; ++i) {
    const Duration pause = world.received[i].at - world.received[i - 1].at;
    const Duration whole = 1s * (1 << (i - 1));
    EXPECT_GE(pause, whole / 2) << i;
    EXPECT_LE(pause, whole + 100ms) << i;
  }
  EXPECT_EQ(hook.trouble(), std::nullopt);
  EXPECT_EQ(hook.figures().failures, 4u);
  EXPECT_EQ(hook.figures().waiting_since, std::nullopt);
}

TEST_F(WebhookTest, WaitsAsLongAsRetryAfterSaysWithinReason) {
  world.responses = {Response::status(429, "", "Retry-After: 120\r\n"),
                     Response::status(503, "", "Retry-After: 86400\r\n")};
  start();
  world.add_round(hook, round_of(ProblemStep::opened, "a"));
  world.run_for(1h);
  ASSERT_EQ(world.received.size(), 3u);
  EXPECT_GE(world.received[1].at - world.received[0].at, 120s);
  EXPECT_LE(world.received[1].at - world.received[0].at, 121s);
  EXPECT_LE(world.received[2].at - world.received[1].at, 16min);
}

TEST_F(WebhookTest, LosesNothingWhileTheReceiverIsAwayForAnHour) {
  start();
  world.run_for(1s);
  world.down();
  for (int i = 0; i < 60; ++i) {
    world.add_round(hook, round_of(ProblemStep::opened, "p" + std::to_string(i)));
    world.run_for(1min);
  }
  EXPECT_TRUE(world.received.empty());
  ASSERT_TRUE(hook.trouble());
  world.up();
  world.run_for(6min);
  ASSERT_EQ(world.received.size(), 60u);
  for (size_t i = 0; i < 60; ++i)
    EXPECT_EQ(world.received[i].field("Idempotency-Key"), "\"5707e1d-" + std::to_string(i + 1) + "\"");
}

TEST_F(WebhookTest, GoesOnBehindItsCursorAfterARestart) {
  start();
  world.run_for(1s);
  world.add_round(hook, round_of(ProblemStep::opened, "a"));
  world.run_for(1s);
  world.down();
  world.add_round(hook, round_of(ProblemStep::opened, "b"));
  world.run_for(1s);
  running.cancel();
  world.up();
  Webhook again(*Url::parse(std::string(OutletWorld::address) + "/hook?a=b"), "sesame", 10s, world.tools());
  ASSERT_EQ(again.name(), hook.name());
  running = world.loop.spawn(again.run());
  world.run_for(1s);
  EXPECT_EQ(keys(), (std::vector<std::string>{"\"5707e1d-1\"", "\"5707e1d-2\""}));
  running.cancel();
}

TEST_F(WebhookTest, IsNotToldOfWhatWasBeforeIt) {
  RoundRecord before = round_of(ProblemStep::opened, "old");
  ASSERT_TRUE(world.store.add_round(before, {}));
  Webhook fresh(*Url::parse(std::string(OutletWorld::address) + "/fresh"), "", 10s, world.tools());
  running = world.loop.spawn(fresh.run());
  world.add_round(fresh, round_of(ProblemStep::opened, "new"));
  world.run_for(1s);
  EXPECT_EQ(keys(), std::vector<std::string>{"\"5707e1d-2\""});
  EXPECT_EQ(world.received[0].field("Astray-Signature"), "");
  running.cancel();
}

TEST_F(WebhookTest, PassesOverWhatIsRefusedForGoodAndSaysSo) {
  world.responses = {Response::status(422, "unknown kind\nsecond line")};
  start();
  world.run_for(1s);
  world.add_round(hook, round_of(ProblemStep::opened, "a"));
  world.run_for(1s);
  EXPECT_EQ(hook.trouble(), "it answers 422 (unknown kind) to event 1, which is passed over");
  EXPECT_EQ(hook.figures().refused, 1u);
  world.add_round(hook, round_of(ProblemStep::resolved, "a"));
  world.run_for(1h);
  EXPECT_EQ(keys(), (std::vector<std::string>{"\"5707e1d-1\"", "\"5707e1d-2\""}));
  EXPECT_EQ(hook.trouble(), std::nullopt);
}

TEST_F(WebhookTest, SendsNothingMoreToWhoIsGone) {
  world.responses = {Response::status(410)};
  start();
  world.run_for(1s);
  world.add_round(hook, round_of(ProblemStep::opened, "a"));
  world.add_round(hook, round_of(ProblemStep::resolved, "a"));
  world.run_for(1h);
  EXPECT_EQ(world.received.size(), 1u);
  ASSERT_TRUE(hook.trouble());
  EXPECT_NE(hook.trouble()->find("410"), std::string::npos);
  // It is asked again after a restart, and then gets all of it.
  EXPECT_EQ(world.store.kept_cursors[hook.name()], 0u);
}

TEST_F(WebhookTest, FollowsNoRedirectAndSaysWhereItLeads) {
  world.responses = {Response::status(301, "", "Location: https://other.example/hook\r\n")};
  start();
  world.run_for(1s);
  world.add_round(hook, round_of(ProblemStep::opened, "a"));
  world.run_for(100ms);
  ASSERT_TRUE(hook.trouble());
  EXPECT_NE(hook.trouble()->find("leads to https://other.example/hook"), std::string::npos)
      << *hook.trouble();
}

TEST_F(WebhookTest, GivesUpASilentReceiverAfterItsTime) {
  world.responses = {Response::silence()};
  start();
  world.run_for(1s);
  world.add_round(hook, round_of(ProblemStep::opened, "a"));
  world.run_for(20s);
  ASSERT_EQ(world.received.size(), 2u);
  EXPECT_GE(world.received[1].at - world.received[0].at, 10s);
  EXPECT_EQ(hook.figures().delivered, 1u);
}

TEST_F(WebhookTest, AKeptConnectionThatWasClosedIsNoFailure) {
  world.responses = {Response::status(200), Response::closing()};
  start();
  world.run_for(1s);
  world.add_round(hook, round_of(ProblemStep::opened, "a"));
  world.run_for(1s);
  world.add_round(hook, round_of(ProblemStep::resolved, "a"));
  world.run_for(200ms);
  ASSERT_EQ(world.received.size(), 3u);
  EXPECT_EQ(world.received[2].connection, 2u);
  EXPECT_EQ(hook.figures().failures, 0u);
}

TEST_F(WebhookTest, AlertsGoOnWhileTheStoreFails) {
  start();
  world.run_for(1s);
  world.store.fails = true;
  world.add_round(hook, round_of(ProblemStep::opened, "a"));
  world.add_round(hook, round_of(ProblemStep::resolved, "a"));
  world.run_for(1s);
  ASSERT_EQ(world.received.size(), 2u);
  EXPECT_EQ(keys()[0], "\"5707e1d-a-opened-1764400000\"");
  EXPECT_EQ(keys()[1], "\"5707e1d-a-resolved-1764400000\"");
  world.store.fails = false;
  world.add_round(hook, round_of(ProblemStep::opened, "b"));
  world.run_for(1s);
  EXPECT_EQ(keys().back(), "\"5707e1d-1\"");
}

TEST_F(WebhookTest, AStoreThatTookThePlaceOfAnotherIsToldFromItsBeginning) {
  start();
  world.add_round(hook, round_of(ProblemStep::opened, "a"));
  world.add_round(hook, round_of(ProblemStep::resolved, "a"));
  world.run_for(1s);
  world.store.kept_id = "07e4";
  world.store.kept_events.clear();
  world.store.kept_cursors.clear();
  world.add_round(hook, round_of(ProblemStep::opened, "b"));
  world.run_for(1s);
  EXPECT_EQ(keys(), (std::vector<std::string>{"\"5707e1d-1\"", "\"5707e1d-2\"", "\"07e4-1\""}));
  EXPECT_EQ(world.store.kept_cursors[hook.name()], 1u);
}

TEST_F(WebhookTest, TellsEventsFromMemoryOnceTooMany) {
  world.store.fails = true;
  for (size_t i = 0; i < EventFeed::most_unstored + 5; ++i)
    world.add_round(hook, round_of(ProblemStep::opened, "p" + std::to_string(i)));
  start();
  world.run_for(1min);
  ASSERT_EQ(world.received.size(), EventFeed::most_unstored);
  EXPECT_EQ(keys()[0], "\"5707e1d-p5-opened-1764400000\"");
}

TEST_F(WebhookTest, NamesItselfWithoutThePathWhichMayBeASecret) {
  EXPECT_EQ(hook.name().find("hook?"), std::string::npos);
  EXPECT_TRUE(hook.name().starts_with("webhook http://192.0.2.9:8080 (")) << hook.name();
}

/// As the watcher does when somebody acts: stored, then told.
ProblemEvent act(OutletWorld& world, Outlet& outlet, ProblemEvent event) {
  EXPECT_TRUE(world.store.add_event(event));
  outlet.tell(event);
  return event;
}

TEST_F(WebhookTest, WhatIsSilencedIsPassedOverAndAnAcknowledgementIsTold) {
  start();
  world.run_for(1s);
  RoundRecord round = round_of(ProblemStep::opened, "a");
  round.events[0].problem.silenced = Silenced{{OutletWorld::began, "Ann", ""}, {OutletWorld::began.unix_seconds + 60}};
  world.add_round(hook, round);
  world.run_for(1s);
  EXPECT_TRUE(world.received.empty());
  EXPECT_EQ(hook.figures().waiting_since, std::nullopt);

  ProblemEvent acknowledged = test::event_of(ProblemStep::acknowledged, test::problem_of("b", ProblemState::open));
  acknowledged.problem.acknowledged = Remark{OutletWorld::began, "Bob", "restarting it"};
  act(world, hook, acknowledged);
  world.run_for(1s);
  ASSERT_EQ(world.received.size(), 1u);
  EXPECT_EQ(keys(), std::vector<std::string>{"\"5707e1d-2\""});
  EXPECT_NE(world.received[0].body.find("\"step\":\"acknowledged\""), std::string::npos);
  EXPECT_NE(world.received[0].body.find("\"acknowledged\":{\"at\":\"2025-11-29T07:06:40Z\",\"by\":\"Bob\",\"why\":"
                                        "\"restarting it\"}"),
            std::string::npos)
      << world.received[0].body;
  EXPECT_EQ(hook.figures().delivered, 1u);
}

}  // namespace
}  // namespace astray::watch
