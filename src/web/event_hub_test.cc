#include "web/event_hub.h"

#include <gtest/gtest.h>

#include "io/running_test.h"
#include "io/sleep.h"

namespace astray::web {
namespace {

TEST(EventText, LinesOfDataAreFieldsOfTheirOwn) {
  EXPECT_EQ(event_text("e-1", "cell", "{}"), "id: e-1\nevent: cell\ndata: {}\n\n");
  EXPECT_EQ(event_text("", "cell", ""), "event: cell\ndata: \n\n");
  EXPECT_EQ(event_text("", "x", "a\nb\r\nc\rid: 9\n"),
            "event: x\ndata: a\ndata: b\ndata: c\ndata: id: 9\ndata: \n\n");
}

struct HubBench {
  fake::VirtualLoop loop;
  EventHub hub{loop, "e", {.kept_events = 4, .kept_bytes = 1000, .waiting_bytes = 400}};

  std::string heard_since(std::optional<std::string_view> id) { return hub.subscribe(id)->take(); }
};

TEST(EventHub, TellsEveryReaderFromItsPlaceOn) {
  HubBench bench;
  const auto first = bench.hub.subscribe(std::nullopt);
  EXPECT_EQ(first->take(), "id: e-0\nevent: hello\ndata: \n\n");
  bench.hub.publish("cell", "1");
  const auto second = bench.hub.subscribe(std::nullopt);
  bench.hub.publish("cell", "2");
  EXPECT_EQ(first->take(), "id: e-1\nevent: cell\ndata: 1\n\nid: e-2\nevent: cell\ndata: 2\n\n");
  EXPECT_EQ(second->take(), "id: e-1\nevent: hello\ndata: \n\nid: e-2\nevent: cell\ndata: 2\n\n");
  EXPECT_EQ(first->take(), "");
  EXPECT_EQ(bench.hub.readers(), 2u);
}

TEST(EventHub, ReplaysWhatAReaderMissed) {
  HubBench bench;
  for (const char* data : {"1", "2", "3"}) bench.hub.publish("cell", data);
  EXPECT_EQ(bench.heard_since("e-1"), "id: e-2\nevent: cell\ndata: 2\n\nid: e-3\nevent: cell\ndata: 3\n\n");
  EXPECT_EQ(bench.heard_since("e-3"), "") << "it missed nothing";
  EXPECT_EQ(bench.heard_since("e-0").find("data: 1\n"), bench.heard_since("e-0").find("data: "));
}

TEST(EventHub, SaysWhenItDoesNotKnowWhatWasMissed) {
  HubBench bench;
  for (int i = 0; i < 6; ++i) bench.hub.publish("cell", "x");
  const std::string reset = "id: e-6\nevent: reset\ndata: \n\n";
  EXPECT_EQ(bench.heard_since("e-1"), reset) << "event 2 is not kept";
  EXPECT_NE(bench.heard_since("e-2"), reset);
  for (const char* foreign :
       {"", "e", "e-", "e-7", "e-x", "e-2x", "e--1", "f-2", "2", "e-99999999999999999999"})
    EXPECT_EQ(bench.heard_since(foreign), reset) << foreign;
  bench.hub.publish("cell", std::string(250, 'x'));
  EXPECT_NE(bench.heard_since("e-6").find("reset"), std::string::npos) << "more than a reader can wait for";
}

TEST(EventHub, KeepsNoMoreThanItMay) {
  HubBench bench;
  bench.hub.publish("cell", std::string(2000, 'x'));
  EXPECT_NE(bench.heard_since("e-0").find("reset"), std::string::npos);
}

TEST(EventHub, EndsReadersThatAreTooSlow) {
  HubBench bench;
  const auto slow = bench.hub.subscribe(std::nullopt);
  for (int i = 0; i < 20; ++i) bench.hub.publish("cell", std::string(40, 'x'));
  EXPECT_TRUE(slow->ended());
  EXPECT_EQ(slow->take(), "") << "an incomplete rest would look like all";
  const auto quick = bench.hub.subscribe(std::nullopt);
  for (int i = 0; i < 20; ++i) {
    bench.hub.publish("cell", std::string(40, 'x'));
    EXPECT_NE(quick->take(), "");
  }
  EXPECT_FALSE(quick->ended());
}

Task<std::string> wait_and_take(EventQueue& queue) {
  co_await queue.wait();
  co_return queue.take();
}

Task<void> publish_later(Loop& loop, EventHub& hub) {
  co_await sleep_for(loop, std::chrono::seconds(5));
  hub.publish("cell", "late");
}

TEST(EventQueue, WakesWhoWaits) {
  HubBench bench;
  const auto queue = bench.hub.subscribe(std::nullopt);
  queue->take();
  const SpawnedTask later = bench.loop.spawn(publish_later(bench.loop, bench.hub));
  EXPECT_EQ(test::run(bench.loop, wait_and_take(*queue)), "id: e-1\nevent: cell\ndata: late\n\n");
}

TEST(EventHub, EndsItsReadersWithItself) {
  fake::VirtualLoop loop;
  auto hub = std::make_unique<EventHub>(loop, "e");
  const auto queue = hub->subscribe(std::nullopt);
  hub.reset();
  EXPECT_TRUE(queue->ended());
  EXPECT_EQ(test::run(loop, wait_and_take(*queue)), "");
}

}  // namespace
}  // namespace astray::web
