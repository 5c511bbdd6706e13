#include <gtest/gtest.h>
#include <sqlite3.h>

#include "support/temporary_folder.h"
#include "watch/store/sqlite_store.h"
#include "watch/store/store_records_test.h"

namespace astray::watch {
namespace {

using test::after;
constexpr int64_t day = 86400;

class RetentionTest : public ::testing::Test {
 protected:
  void add(RoundRecord round, const std::vector<Parcel>& parcels = {}) {
    const auto added = store_->add_round(round, parcels);
    ASSERT_TRUE(added) << added.error().message;
  }
  /// How many slices it took.
  int forget(Instant then, size_t most = 1000) {
    for (int slices = 1;; ++slices) {
      const auto more = store_->forget_before(then, most);
      if (!more) ADD_FAILURE() << more.error().message;
      if (!more || !*more) return slices;
    }
  }
  int64_t rows(const std::string& table) {
    sqlite3* database = nullptr;
    int64_t count = -1;
    const auto take = [](void* to, int, char** values, char**) {
      *static_cast<int64_t*>(to) = std::stoll(values[0]);
      return 0;
    };
    if (sqlite3_open(path_.c_str(), &database) == SQLITE_OK)
      sqlite3_exec(database, ("SELECT count(*) FROM " + table).c_str(), take, &count, nullptr);
    sqlite3_close(database);
    return count;
  }

  astray::test::TemporaryFolder folder_;
  std::string path_ = folder_.path_of("watch.db");
  std::unique_ptr<Store> store_ = std::move(open_store(path_, after(0))->store);
};

CellRecord flapping(int number, const std::string& name = "a.test") {
  return test::record(test::key("n:443", name, name), test::answer(400 + number), "{\"cell\":1}");
}

TEST_F(RetentionTest, WhatEndedGoesInSlicesAndWhatLastsIsKeptWhole) {
  for (int number = 0; number < 50; ++number) {
    RoundRecord round = test::round_at(after(number * day));
    round.answers = {flapping(number),
                     test::record(test::key("n:443", "b.test", "b.test"), test::good_answer())};
    add(round);
  }
  EXPECT_EQ(rows("span"), 49);
  EXPECT_EQ(rows("evidence"), 50);
  EXPECT_GT(forget(after(30 * day), 10), 3);
  EXPECT_EQ(rows("span"), 19);
  EXPECT_EQ(rows("evidence"), 20);
  EXPECT_EQ(store_->rounds({}, 100)->size(), 20);
  const auto lasting = store_->spans(test::spans_of("b.test"));
  ASSERT_EQ(lasting->size(), 1);
  EXPECT_EQ((*lasting)[0].first, after(0));
  EXPECT_EQ((*lasting)[0].rounds, 50);
}

TEST_F(RetentionTest, ANameThatIsWatchedNoLongerGoesWithAllThatSpokeOfIt) {
  RoundRecord round = test::round_at(after(0));
  round.answers = {flapping(1, "gone.test"), flapping(2, "stays.test")};
  round.certificates = {
      {.fingerprint = "gone", .names = {}, .subject = {}, .issuer = {}, .not_before = {}, .not_after = {}}};
  round.coalescible = {{.from = "gone.test",
                        .to = "stays.test",
                        .node = "n:443",
                        .clients = "c",
                        .would_get = CellVerdict::own}};
  add(round);
  const int64_t terms = rows("term");
  for (int number = 1; number <= 40; ++number) {
    RoundRecord next = test::round_at(after(number * day));
    next.answers = {flapping(2, "stays.test")};
    add(next);
  }
  forget(after(20 * day));
  EXPECT_EQ(store_->spans({})->size(), 1);
  EXPECT_EQ(rows("answer"), 1);
  EXPECT_EQ(rows("evidence"), 1);
  EXPECT_TRUE(store_->certificates()->empty());
  EXPECT_EQ(rows("coalescible"), 0);
  EXPECT_LT(rows("term"), terms);
  // What lasts needs its texts, also those that were written once, long ago.
  const auto span = store_->spans(test::spans_of("stays.test"));
  ASSERT_TRUE(span) << span.error().message;
  EXPECT_EQ((*span)[0].sentence, flapping(2, "stays.test").sentence);
  // And the name may come back.
  RoundRecord back = test::round_at(after(41 * day));
  back.answers = {flapping(3, "gone.test"), flapping(2, "stays.test")};
  add(back);
  EXPECT_EQ(store_->spans(test::spans_of("gone.test"))->size(), 1);
  EXPECT_EQ((*store_->latest(std::vector{flapping(3, "gone.test").key}))[0], flapping(3).answer);
}

TEST_F(RetentionTest, WhatPeopleWereToldOfAProblemIsKeptWhileItLasts) {
  RoundRecord round = test::round_at(after(0));
  round.problems = {test::problem("lasts")};
  round.events = {
      {.number = 0, .at = after(0), .step = ProblemStep::opened, .problem = test::problem("lasts")},
      {.number = 0,
       .at = after(0),
       .step = ProblemStep::resolved,
       .problem = test::problem("over", ProblemState::resolved)}};
  add(round);
  forget(after(30 * day));
  ASSERT_EQ(store_->events({})->size(), 1);
  EXPECT_EQ((*store_->events({}))[0].problem.id, "lasts");
  EXPECT_TRUE(store_->problem("lasts")->has_value());
  EXPECT_FALSE(store_->problem("over")->has_value());
}

TEST_F(RetentionTest, ParcelsDoNotWaitForEver) {
  add(test::round_at(after(0)), {{0, "o", "old"}});
  add(test::round_at(after(10 * day)), {{0, "o", "young"}});
  forget(after(5 * day));
  ASSERT_EQ(store_->parcels("o", 10)->size(), 1);
  EXPECT_EQ((*store_->parcels("o", 10))[0].payload, "young");
}

}  // namespace
}  // namespace astray::watch
