#include "watch/store/sqlite_store.h"

#include <gtest/gtest.h>

#include <tuple>

#include "watch/store/record_codec.h"
#include "watch/store/store_records_test.h"

namespace astray::watch {
namespace {

using test::after;

/// Where no == is declared: the encoded form has every field (record_codec_test.cc).
void expect_same(const Problem& a, const Problem& b) {
  EXPECT_EQ(encode(a), encode(b)) << a.id << " and " << b.id;
}

class SqliteStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = open_store(":memory:", after(0));
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(opened->said, "");
    store_ = std::move(opened->store);
  }
  void add(RoundRecord& round, std::span<const Parcel> parcels = {}) {
    const auto added = store_->add_round(round, parcels);
    ASSERT_TRUE(added) << added.error().message;
  }
  template <typename T>
  static T got(Stored<T> stored) {
    if (stored) return std::move(*stored);
    ADD_FAILURE() << stored.error().message;
    return T{};
  }

  std::unique_ptr<Store> store_;
};

TEST_F(SqliteStoreTest, HasAnIdOfItsOwn) {
  EXPECT_EQ(store_->id().size(), 32);
  EXPECT_NE(store_->id(), open_store(":memory:", after(0))->store->id());
}

TEST_F(SqliteStoreTest, ASpanHasAllOfItsCell) {
  CellKey key{.node = "[2001:db8::1]:443",
              .sni = "a.test",
              .authority = "b.test",
              .alpn = AlpnOffer::h2_only,
              .use = ConnectionUse::reused,
              .client_certificate = 3};
  RoundRecord round = test::round_at(after(0));
  round.answers = {test::record(key, test::answer(), "{\"id\":7}")};
  round.answers[0].sentence = "[2001:db8::1]:443 answered b.test as \x01 b.test's, b.test.";
  add(round);
  const auto spans = got(store_->spans({}));
  ASSERT_EQ(spans.size(), 1);
  EXPECT_EQ(spans[0].key, key);
  EXPECT_EQ(spans[0].answer, test::answer());
  EXPECT_EQ(spans[0].sentence, round.answers[0].sentence);
  EXPECT_EQ(spans[0].evidence, "{\"id\":7}");
  EXPECT_EQ(std::tuple(spans[0].first, spans[0].last, spans[0].rounds), std::tuple(after(0), after(0), 1));
}

TEST_F(SqliteStoreTest, AnAnswerThatStaysIsOneSpanAndAnotherBeginsANewOne) {
  const CellKey key = test::key("n:443", "a.test", "a.test");
  const int statuses[] = {200, 200, 421, 200};
  for (int i = 0; i < 4; ++i) {
    RoundRecord round = test::round_at(after(60 * i));
    round.answers = {test::record(key, test::answer(statuses[i]))};
    add(round);
    EXPECT_EQ(round.number, static_cast<uint64_t>(i + 1));
  }
  const auto spans = got(store_->spans({}));
  ASSERT_EQ(spans.size(), 3);
  EXPECT_EQ(std::tuple(spans[0].answer.status, spans[0].first, spans[0].last, spans[0].rounds),
            std::tuple(200, after(180), after(180), 1));
  EXPECT_EQ(std::tuple(spans[1].answer.status, spans[1].first, spans[1].last, spans[1].rounds),
            std::tuple(421, after(120), after(120), 1));
  EXPECT_EQ(std::tuple(spans[2].answer.status, spans[2].first, spans[2].last, spans[2].rounds),
            std::tuple(200, after(0), after(60), 2));
  const auto present = got(store_->present({}));
  ASSERT_EQ(present.size(), 1);
  EXPECT_EQ(present[0].first, after(180));
  EXPECT_EQ(got(store_->latest(std::vector{key}))[0], test::answer(200));
}

TEST_F(SqliteStoreTest, WhatWasNeverAskedHasNoAnswer) {
  RoundRecord round = test::round_at(after(0));
  round.answers = {test::record(test::key("n:443", "a.test", "b.test"), test::answer())};
  add(round);
  CellKey other_alpn = test::key("n:443", "a.test", "b.test");
  other_alpn.alpn = AlpnOffer::h1;
  const auto latest = got(store_->latest(std::vector{test::key("n:443", "b.test", "a.test"), other_alpn,
                                                     test::key("n:443", "a.test", "b.test"),
                                                     test::key("never", "never", "never")}));
  ASSERT_EQ(latest.size(), 4);
  EXPECT_EQ(latest[0], std::nullopt);
  EXPECT_EQ(latest[1], std::nullopt);
  EXPECT_EQ(latest[2], test::answer());
  EXPECT_EQ(latest[3], std::nullopt);
}

TEST_F(SqliteStoreTest, OfAQuestionThatStandsTwiceTheLastAnswerCounts) {
  const CellKey key = test::key("n:443", "a.test", "a.test");
  RoundRecord round = test::round_at(after(0));
  round.answers = {test::record(key, test::answer(421)), test::record(key, test::answer(200))};
  add(round);
  const auto spans = got(store_->spans({}));
  ASSERT_EQ(spans.size(), 1);
  EXPECT_EQ(std::tuple(spans[0].answer.status, spans[0].rounds), std::tuple(200, 1));
}

TEST_F(SqliteStoreTest, AClockThatWasSetBackEndsNoSpanBeforeItBegan) {
  const CellKey key = test::key("n:443", "a.test", "a.test");
  for (int64_t seconds : {100, 40, 50}) {
    RoundRecord round = test::round_at(after(seconds));
    round.answers = {test::record(key, test::answer(seconds == 50 ? 200 : 421))};
    add(round);
  }
  const auto spans = got(store_->spans({}));
  ASSERT_EQ(spans.size(), 2);
  EXPECT_EQ(std::tuple(spans[0].first, spans[0].last), std::tuple(after(100), after(100)));
  EXPECT_EQ(std::tuple(spans[1].first, spans[1].last), std::tuple(after(50), after(50)));
}

TEST_F(SqliteStoreTest, ProblemsAndEventsComeBackWhole) {
  RoundRecord round = test::round_at(after(0));
  round.problems = {test::problem(), test::problem("ffff", ProblemState::suspected)};
  round.events = {{.number = 0, .at = after(1), .step = ProblemStep::opened, .problem = test::problem()}};
  add(round);
  EXPECT_EQ(round.events[0].number, 1);
  const auto unresolved = got(store_->unresolved_problems());
  ASSERT_EQ(unresolved.size(), 2);
  expect_same(unresolved[0], test::problem());
  expect_same(unresolved[1], test::problem("ffff", ProblemState::suspected));
  const auto events = got(store_->events({}));
  ASSERT_EQ(events.size(), 1);
  EXPECT_EQ(std::tuple(events[0].number, events[0].at, events[0].step),
            std::tuple(1, after(1), ProblemStep::opened));
  expect_same(events[0].problem, test::problem());
  EXPECT_EQ(got(store_->rounds({}, 10))[0].open_problems, 1);
}

TEST_F(SqliteStoreTest, AProblemThatGoesOnAndIsResolved) {
  RoundRecord first = test::round_at(after(0));
  first.problems = {test::problem(), test::problem("ffff", ProblemState::suspected)};
  add(first);
  RoundRecord second = test::round_at(after(60));
  second.problems = {test::problem()};
  second.problems[0].last_seen = after(60);
  second.problems[0].rounds_missing = 0;
  add(second);
  auto unresolved = got(store_->unresolved_problems());
  ASSERT_EQ(unresolved.size(), 1) << "a mere suspicion that the round no longer has is forgotten";
  expect_same(unresolved[0], second.problems[0]);
  EXPECT_EQ(got(store_->problem("ffff")).has_value(), false);

  RoundRecord third = test::round_at(after(120));
  third.events = {{.number = 0,
                   .at = after(120),
                   .step = ProblemStep::resolved,
                   .problem = test::problem("0123abcd", ProblemState::resolved)}};
  add(third);
  EXPECT_TRUE(got(store_->unresolved_problems()).empty());
  const auto resolved = got(store_->problem("0123abcd"));
  ASSERT_TRUE(resolved);
  expect_same(*resolved, test::problem("0123abcd", ProblemState::resolved));
}

TEST_F(SqliteStoreTest, EventsAreFoundByNumberTimeAndProblem) {
  for (int i = 1; i <= 6; ++i) {
    RoundRecord round = test::round_at(after(i));
    round.events = {{.number = 0,
                     .at = after(i),
                     .step = ProblemStep::opened,
                     .problem = test::problem(i % 2 == 0 ? "even" : "odd")}};
    add(round);
  }
  const auto numbers_of = [&](auto ask) {
    EventQuery query;
    ask(query);
    std::vector<uint64_t> numbers;
    for (const ProblemEvent& event : got(store_->events(query))) numbers.push_back(event.number);
    return numbers;
  };
  using Numbers = std::vector<uint64_t>;
  EXPECT_EQ(numbers_of([](EventQuery&) {}), (Numbers{6, 5, 4, 3, 2, 1}));
  EXPECT_EQ(numbers_of([](EventQuery& query) { query.most = 2; }), (Numbers{6, 5}));
  EXPECT_EQ(numbers_of([](EventQuery& query) { query.after = 0, query.most = 2; }), (Numbers{1, 2}));
  EXPECT_EQ(numbers_of([](EventQuery& query) { query.after = 4; }), (Numbers{5, 6}));
  EXPECT_EQ(numbers_of([](EventQuery& query) { query.before = 4, query.most = 2; }), (Numbers{3, 2}));
  EXPECT_EQ(numbers_of([](EventQuery& query) { query.problem = "even"; }), (Numbers{6, 4, 2}));
  EXPECT_EQ(numbers_of([](EventQuery& query) { query.from = after(2), query.until = after(4); }),
            (Numbers{4, 3, 2}));
}

TEST_F(SqliteStoreTest, RoundsAndRefusals) {
  RoundRecord round = test::round_at(after(0));
  round.took = std::chrono::milliseconds(1500);
  round.cells = 10;
  round.failed = 2;
  round.refusals = {{.node = "n1", .from = "a.test", .to = "b.test", .count = 3},
                    {.node = "n1", .from = "a.test", .to = "b.test", .count = 4},
                    {.node = "n2", .from = "", .to = "b.test", .count = 9}};
  add(round);
  RoundRecord later = test::round_at(after(3600));
  later.refusals = {{.node = "n1", .from = "a.test", .to = "b.test", .count = 5}};
  add(later);
  const auto rounds = got(store_->rounds({}, 10));
  ASSERT_EQ(rounds.size(), 2);
  EXPECT_EQ(rounds[0].number, 2);
  EXPECT_EQ(std::tuple(rounds[1].number, rounds[1].began, rounds[1].took, rounds[1].cells, rounds[1].failed,
                       rounds[1].refusals),
            std::tuple(1, after(0), std::chrono::milliseconds(1500), 10, 2, 16));
  EXPECT_EQ(got(store_->rounds(after(1), 10)).size(), 1);
  EXPECT_EQ(got(store_->rounds({}, 1)).size(), 1);
  using Counts = std::vector<RefusalCount>;
  EXPECT_EQ(got(store_->refusals(after(0), after(3600), 10)),
            (Counts{{"n1", "a.test", "b.test", 12}, {"n2", "", "b.test", 9}}));
  EXPECT_EQ(got(store_->refusals(after(1), after(3600), 10)), (Counts{{"n1", "a.test", "b.test", 5}}));
}

TEST_F(SqliteStoreTest, CertificatesAreKeptOnce) {
  const CertificateRecord certificate{.fingerprint = "00ff",
                                      .names = {"a.test", "*.b.test"},
                                      .subject = "CN=a.test",
                                      .issuer = "CN=a CA",
                                      .not_before = after(-100),
                                      .not_after = after(100)};
  for (int i = 0; i < 2; ++i) {
    RoundRecord round = test::round_at(after(i));
    round.certificates = {certificate, certificate};
    add(round);
  }
  const auto certificates = got(store_->certificates());
  ASSERT_EQ(certificates.size(), 1);
  EXPECT_EQ(encode(certificates[0]), encode(certificate));
}

TEST_F(SqliteStoreTest, OfAPairItKeepsWhatTheLastRoundThatCouldTellHasFound) {
  const CoalescibleRecord pair{.from = "a.test",
                               .to = "b.test",
                               .node = "n:443",
                               .clients = "chromium-h2,firefox-h2",
                               .would_get = CellVerdict::rejected_421};
  CoalescibleRecord back = pair;
  std::swap(back.from, back.to);
  RoundRecord round = test::round_at(after(0));
  round.coalescible = {pair};
  add(round);
  const std::vector both{back, pair};
  EXPECT_EQ(got(store_->coalescible(both)), std::vector{pair}) << "nobody asked the other way round";

  RoundRecord silent = test::round_at(after(60));
  add(silent);
  EXPECT_EQ(got(store_->coalescible(both)), std::vector{pair}) << "a round that could not tell";

  RoundRecord changed = test::round_at(after(120));
  changed.coalescible = {pair, back};
  changed.coalescible[0].clients = "";
  changed.coalescible[0].would_get = CellVerdict::could_not_tell;
  add(changed);
  EXPECT_EQ(got(store_->coalescible(both)), (std::vector{changed.coalescible[1], changed.coalescible[0]}));
}

TEST_F(SqliteStoreTest, ParcelsWaitUntilTheyAreTaken) {
  RoundRecord round = test::round_at(after(0));
  const std::string bytes("\0\xff packed", 9);
  const std::vector<Parcel> parcels{{0, "clickhouse", "one"}, {0, "nats", bytes}, {0, "clickhouse", "two"}};
  add(round, parcels);
  auto waiting = got(store_->parcels("clickhouse", 10));
  ASSERT_EQ(waiting.size(), 2);
  EXPECT_EQ(std::tuple(waiting[0].number, waiting[0].payload), std::tuple(1, "one"));
  EXPECT_EQ(std::tuple(waiting[1].number, waiting[1].payload), std::tuple(3, "two"));
  EXPECT_EQ(got(store_->parcels("clickhouse", 1)).size(), 1);
  EXPECT_EQ(got(store_->parcels("nats", 10))[0].payload, bytes);
  ASSERT_TRUE(store_->forget_parcels("clickhouse", 2));
  waiting = got(store_->parcels("clickhouse", 10));
  ASSERT_EQ(waiting.size(), 1);
  EXPECT_EQ(waiting[0].number, 3);
  EXPECT_EQ(got(store_->parcels("nats", 10)).size(), 1) << "what is another outlet's stays";
}

TEST_F(SqliteStoreTest, CursorsAreKeptForEachOutlet) {
  ASSERT_TRUE(store_->set_cursor({.outlet = "webhook b", .event = 4}));
  ASSERT_TRUE(store_->set_cursor({.outlet = "webhook a", .event = 1}));
  ASSERT_TRUE(store_->set_cursor({.outlet = "webhook a", .event = 2}));
  const auto cursors = got(store_->cursors());
  ASSERT_EQ(cursors.size(), 2);
  EXPECT_EQ(std::tuple(cursors[0].outlet, cursors[0].event), std::tuple("webhook a", 2));
  EXPECT_EQ(std::tuple(cursors[1].outlet, cursors[1].event), std::tuple("webhook b", 4));
}

TEST_F(SqliteStoreTest, WhatHappensBetweenRoundsIsAnEventLikeOthers) {
  RoundRecord round = test::round_at(after(0));
  round.problems = {test::problem("a")};
  round.events = {{.number = 0, .at = after(0), .step = ProblemStep::opened, .problem = test::problem("a")}};
  add(round);
  ProblemEvent event{.number = 0, .at = after(5), .step = ProblemStep::acknowledged, .problem = test::problem("a")};
  event.problem.acknowledged = Remark{after(5), "Carol", "mine"};
  ASSERT_TRUE(store_->add_event(event));
  EXPECT_EQ(event.number, 2);
  const auto events = got(store_->events({}));
  ASSERT_EQ(events.size(), 2);
  EXPECT_EQ(events[0].step, ProblemStep::acknowledged);
  EXPECT_EQ(events[0].problem.acknowledged->by, "Carol");
  const auto problems = got(store_->unresolved_problems());
  ASSERT_EQ(problems.size(), 1);
  expect_same(problems[0], event.problem);
}

TEST_F(SqliteStoreTest, SilencesEndWhenTheySayOrBefore) {
  Silence first{.problem = "p", .until = after(100), .remark = {after(0), "Ann", "why"}};
  Silence second{
      .from = "a.test", .to = "b.test", .node = "n:443", .until = after(200), .remark = {after(1), "Bob", ""}};
  ASSERT_TRUE(store_->add_silence(first));
  ASSERT_TRUE(store_->add_silence(second));
  EXPECT_EQ(std::tuple(first.number, second.number), std::tuple(1, 2));
  EXPECT_EQ(got(store_->silences(after(0))), (std::vector<Silence>{first, second}));
  EXPECT_EQ(got(store_->silences(after(101))), std::vector<Silence>{second});
  ASSERT_TRUE(store_->end_silence(2, after(50)));
  ASSERT_TRUE(store_->end_silence(1, after(150)));  // it has ended by then
  second.until = after(50);
  EXPECT_EQ(got(store_->silences(after(0))), (std::vector<Silence>{first, second}));
  while (got(store_->forget_before(after(60), 10))) {
  }
  EXPECT_EQ(got(store_->silences(after(0))), std::vector<Silence>{first});
}

}  // namespace
}  // namespace astray::watch
