// The store and a plain model of maps agree over random rounds: what was asked, when, how it was answered,
// and what is left after forgetting.
#include <gtest/gtest.h>

#include <random>

#include "watch/store/model_store_test.h"
#include "watch/store/sqlite_store.h"
#include "watch/store/store_records_test.h"

namespace astray::watch {
namespace {

class World {
 public:
  explicit World(uint32_t seed) : random_(seed), steady_clock_(seed % 2 == 0) {}

  size_t below(size_t bound) { return std::uniform_int_distribution<size_t>(0, bound - 1)(random_); }
  std::string name() { return std::string(1, static_cast<char>('a' + below(4))) + ".test"; }
  std::string node() { return "192.0.2." + std::to_string(below(3)) + ":443"; }

  CellKey key() {
    CellKey key = test::key(node(), below(8) == 0 ? "" : name(), name());
    key.alpn = below(3) == 0 ? AlpnOffer::h1 : AlpnOffer::h2;
    key.use = below(3) == 0 ? ConnectionUse::reused : ConnectionUse::fresh;
    key.client_certificate = below(5) == 0 ? 1 : 0;
    return key;
  }
  CellRecord record() {
    CellAnswer answer = below(2) == 0 ? test::answer(400 + static_cast<int>(below(2))) : test::good_answer();
    answer.answered_as = below(2) == 0 ? "" : name();
    CellRecord record = test::record(key(), answer);
    if (answer.status != 200) record.evidence = "{\"status\":" + std::to_string(below(1000)) + "}";
    return record;
  }
  RoundRecord round() {
    now_ += !steady_clock_ && below(20) == 0 ? -static_cast<int64_t>(below(5000))
                                             : static_cast<int64_t>(below(4000));
    RoundRecord round = test::round_at({now_});
    for (size_t i = below(30); i > 0; --i) round.answers.push_back(record());
    return round;
  }
  SpanQuery query() {
    SpanQuery query = test::at_most(100'000);
    if (below(2) == 0) query.authority = name();
    if (below(2) == 0) query.sni = below(9) == 0 ? "never.test" : name();
    if (below(3) == 0) query.node = node();
    if (below(3) == 0) query.from = Instant{now_ - static_cast<int64_t>(below(200'000))};
    if (below(3) == 0) query.until = Instant{now_ - static_cast<int64_t>(below(200'000))};
    if (query.from && query.until && *query.until < *query.from) std::swap(query.from, query.until);
    return query;
  }
  Instant now() const { return {now_}; }
  /// Else it is set back now and then.
  bool steady_clock() const { return steady_clock_; }

 private:
  std::mt19937 random_;
  bool steady_clock_;
  int64_t now_ = test::long_ago.unix_seconds;
};

auto order_of(const Span& span) {
  return std::tuple(span.key, span.first, span.last, span.rounds, span.answer.status, span.sentence,
                    span.evidence);
}

void expect_same(std::vector<Span> stored, std::vector<Span> expected) {
  for (size_t i = 1; i < stored.size(); ++i) EXPECT_GE(stored[i - 1].last, stored[i].last) << "newest first";
  const auto earlier = [](const Span& a, const Span& b) { return order_of(a) < order_of(b); };
  std::sort(stored.begin(), stored.end(), earlier);
  std::sort(expected.begin(), expected.end(), earlier);
  ASSERT_EQ(stored.size(), expected.size());
  for (size_t i = 0; i < stored.size(); ++i) {
    EXPECT_EQ(order_of(stored[i]), order_of(expected[i]));
    EXPECT_EQ(stored[i].answer, expected[i].answer);
  }
}

void expect_newest(Store& store, const SpanQuery& query) {
  SpanQuery few = query;
  few.most = 3;
  const auto all = *store.spans(query), newest = *store.spans(few);
  ASSERT_EQ(newest.size(), std::min<size_t>(3, all.size()));
  for (size_t i = 0; i < newest.size(); ++i) EXPECT_EQ(newest[i].last, all[i].last);
}

class StoreProperty : public ::testing::TestWithParam<uint32_t> {};

TEST_P(StoreProperty, TheStoreAndThePlainModelAgree) {
  World world(GetParam());
  test::ModelStore model;
  auto store = std::move(open_store(":memory:", world.now())->store);
  for (int i = 0; i < 120; ++i) {
    RoundRecord round = world.round();
    std::vector<CellKey> keys{world.key()};
    for (const CellRecord& record : round.answers) keys.push_back(record.key);
    const auto latest = store->latest(keys);
    ASSERT_TRUE(latest) << latest.error().message;
    for (size_t k = 0; k < keys.size(); ++k) EXPECT_EQ((*latest)[k], model.latest(keys[k]));

    ASSERT_TRUE(store->add_round(round, {}));
    model.add_round(round);
    if (i % 10 == 9) {
      const Instant then{world.now().unix_seconds - static_cast<int64_t>(world.below(150'000))};
      while (*store->forget_before(then, 1 + world.below(20))) {
      }
      model.forget_before(then);
    }
    const SpanQuery query = world.query();
    const auto spans = store->spans(query);
    const auto present = store->present(query);
    ASSERT_TRUE(spans && present);
    expect_same(*spans, model.spans(query));
    expect_same(*present, model.present(query));
    if (world.steady_clock()) expect_newest(*store, query);
    if (HasFailure()) FAIL() << "seed " << GetParam() << ", round " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, StoreProperty, ::testing::Range(1u, 13u));

}  // namespace
}  // namespace astray::watch
