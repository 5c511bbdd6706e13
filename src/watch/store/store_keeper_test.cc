#include "watch/store/store_keeper.h"

#include <gtest/gtest.h>

namespace astray::watch {
namespace {

constexpr Instant opened_at{1'764'400'000};

TEST(StoreKeeper, OpensAgainWhenItIsAskedTheNextTime) {
  int attempts = 0;
  StoreKeeper keeper([&](StoreKeeper::Opening) -> Stored<OpenedStore> {
    if (++attempts < 3) return Failure<StoreError>(StoreError{StoreTrouble::in_use, "another watcher writes it"});
    return open_store(":memory:", opened_at);
  });
  EXPECT_FALSE(keeper.open());
  EXPECT_EQ(keeper.id(), "");
  ASSERT_TRUE(keeper.error());
  EXPECT_EQ(keeper.error()->trouble, StoreTrouble::in_use);
  EXPECT_FALSE(keeper.unresolved_problems());
  EXPECT_TRUE(keeper.unresolved_problems());
  EXPECT_FALSE(keeper.error());
  EXPECT_NE(keeper.id(), "");
  EXPECT_EQ(attempts, 3);
}

TEST(StoreKeeper, SaysOnceWhatWasSaidAtTheOpening) {
  StoreKeeper keeper([&](StoreKeeper::Opening) -> Stored<OpenedStore> {
    Stored<OpenedStore> opened = open_store(":memory:", opened_at);
    opened->said = "the old one is at watch.db.corrupt";
    return opened;
  });
  EXPECT_TRUE(keeper.open());
  EXPECT_EQ(keeper.take_said(), "the old one is at watch.db.corrupt");
  EXPECT_EQ(keeper.take_said(), "");
}

}  // namespace
}  // namespace astray::watch
