#include "watch/history/history.h"

#include <gtest/gtest.h>

#include "watch/store/sqlite_store.h"
#include "watch/store/store_records_test.h"

namespace astray::watch {
namespace {

using test::after;
using Texts = std::vector<std::string>;

/// a.test's own answers on two nodes, a change on both at 120 and one more on the second at 180; a pair.
std::unique_ptr<Store> store_with_a_past() {
  auto store = std::move(open_store(":memory:", after(0))->store);
  const auto add = [&](int64_t seconds, int first_status, int second_status) {
    RoundRecord round = test::round_at(after(seconds));
    round.answers = {test::record(test::key("1:443", "a.test", "a.test"), test::answer(first_status)),
                     test::record(test::key("2:443", "a.test", "a.test"), test::answer(second_status)),
                     test::record(test::key("1:443", "b.test", "a.test"), test::good_answer())};
    if (seconds == 120)
      round.events = {{.number = 0, .at = after(120), .step = ProblemStep::opened, .problem = test::problem("about a and b")}};
    if (seconds == 180) {
      Problem other = test::problem("about others");
      other.from = other.to = "x.test";
      other.affected_names = {"x.test"};
      Problem silent = test::problem("a silent node");
      silent.kind = ProblemKind::node_silent;
      silent.from = silent.to = "";
      silent.affected_names = {};
      silent.nodes = {"2:443"};
      round.events = {{.number = 0, .at = after(180), .step = ProblemStep::opened, .problem = other},
                      {.number = 0, .at = after(180), .step = ProblemStep::opened, .problem = silent}};
    }
    EXPECT_TRUE(store->add_round(round, {}));
  };
  add(0, 200, 200);
  add(60, 200, 200);
  add(120, 421, 421);
  add(180, 421, 404);
  return store;
}

HistoryQuestion question(std::string from, std::string to) {
  HistoryQuestion question;
  question.from = std::move(from);
  question.to = std::move(to);
  return question;
}

Texts events_of(const History& history) {
  Texts ids;
  for (const ProblemEvent& event : history.events) ids.push_back(event.problem.id);
  return ids;
}

TEST(History, WhatChangedAlikeAtOneTimeIsOneChange) {
  const auto store = store_with_a_past();
  const auto history = history_of(*store, question("a.test", "a.test"));
  ASSERT_TRUE(history) << history.error().message;
  ASSERT_EQ(history->changes.size(), 3);
  EXPECT_EQ(history->changes[0].at, after(180));
  EXPECT_EQ(history->changes[0].nodes, (Texts{"2:443"}));
  EXPECT_EQ(history->changes[0].before->status, 421);
  EXPECT_EQ(history->changes[0].now.status, 404);
  EXPECT_EQ(history->changes[1].at, after(120));
  EXPECT_EQ(history->changes[1].nodes, (Texts{"1:443", "2:443"}));
  EXPECT_EQ(history->changes[1].ways, (Texts{"h2, fresh"}));
  EXPECT_EQ(change_text(*history->changes[1].before, history->changes[1].now), "status 200 → 421");
  EXPECT_EQ(history->changes[2].at, after(0));
  EXPECT_FALSE(history->changes[2].before);
  ASSERT_EQ(history->present.size(), 2);
  EXPECT_EQ(history->present[0].answer.status, 421);
  EXPECT_EQ(history->present[1].answer.status, 404);
  EXPECT_TRUE(history->whole);
}

TEST(History, EventsAreThoseOfTheNameAndOfWholeNodes) {
  const auto store = store_with_a_past();
  EXPECT_EQ(events_of(*history_of(*store, question("a.test", "a.test"))), (Texts{"a silent node", "about a and b"}));
  EXPECT_EQ(events_of(*history_of(*store, question("x.test", "x.test"))), (Texts{"a silent node", "about others"}));
  HistoryQuestion of_node = question("a.test", "a.test");
  of_node.node = "1:443";
  EXPECT_EQ(events_of(*history_of(*store, of_node)), Texts{});
  HistoryQuestion early = question("a.test", "a.test");
  early.until = after(130);
  EXPECT_EQ(events_of(*history_of(*store, early)), (Texts{"about a and b"}));
}

TEST(History, APairHasItsOwnPast) {
  const auto store = store_with_a_past();
  const auto history = history_of(*store, question("b.test", "a.test"));
  ASSERT_TRUE(history);
  ASSERT_EQ(history->changes.size(), 1);
  EXPECT_EQ(history->spans[0].rounds, 4);
  EXPECT_TRUE(history_of(*store, question("a.test", "never.test"))->spans.empty());
}

TEST(History, WordsOfAnAnswer) {
  EXPECT_EQ(way_text({.node = "n", .sni = "", .authority = "", .alpn = AlpnOffer::h1, .use = ConnectionUse::reused, .client_certificate = 2}),
            "h1, reused, client certificate 2");
  CellAnswer gap = test::good_answer("0123456789abcdef");
  gap.certificate_covers = false;
  EXPECT_NE(answer_text(gap).find("200, h2, certificate 0123456789ab without the name"), std::string::npos)
      << answer_text(gap);
  EXPECT_EQ(change_text(gap, gap), "");
  EXPECT_EQ(change_text(test::good_answer("00"), test::good_answer("")), "certificate 00 → none");
}

}  // namespace
}  // namespace astray::watch
