// The stores of these tests need not outlive the machine, only the process: no disk is waited for. Where it is shared
// and busy a sync takes up to half a second, and these tests ask for two thousand. That the store asks is counted.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>

#include "support/temporary_folder.h"
#include "watch/store/sqlite_store.h"
#include "watch/store/store_records_test.h"

namespace astray::watch {
namespace {

std::atomic<int> syncs = 0;

TEST(StoreSync, WhatIsAcknowledgedWasSynced) {
  const astray::test::TemporaryFolder folder;
  auto opened = open_store(folder.path_of("watch.db"), test::after(0));
  ASSERT_TRUE(opened) << opened.error().message;
  for (int number = 1; number < 5; ++number) {
    const int before = syncs;
    RoundRecord round = test::round_at(test::after(60 * number));
    round.problems = {test::problem()};
    ASSERT_TRUE(opened->store->add_round(round, {}));
    EXPECT_GT(syncs, before) << "round " << number;
  }
}

}  // namespace
}  // namespace astray::watch

// Takes precedence over the C library's in this program, also for SQLite, which uses no other call to sync.
__attribute__((visibility("default"))) int fdatasync(int) {
  ++astray::watch::syncs;
  return 0;
}
