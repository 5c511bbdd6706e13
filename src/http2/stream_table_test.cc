#include "http2/stream_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace astray::http2 {
namespace {

std::map<StreamId, int> contents(const StreamTable<int>& table, StreamId up_to) {
  std::map<StreamId, int> all;
  for (StreamId id = 1; id <= up_to; ++id)
    if (const int* item = table.find(id)) all[id] = *item;
  return all;
}

TEST(StreamTable, HoldsWhatAMapHolds) {
  constexpr StreamId last = 600;
  std::mt19937 random(7);
  StreamTable<int> table;
  std::map<StreamId, int> expected;
  for (int step = 0; step < 20000; ++step) {
    // Mostly few at once, as they come; sometimes all over the place.
    const auto id = static_cast<StreamId>(random() % (step % 3 == 0 ? last : 20) + 1);
    if (table.find(id) == nullptr) {
      EXPECT_EQ(table.add(id, std::make_unique<int>(step)), step);
      expected[id] = step;
    } else {
      table.erase(id);
      expected.erase(id);
    }
    ASSERT_EQ(table.size(), expected.size());
    if (step % 100 == 0) {
      ASSERT_EQ(contents(table, last), expected);
    }
  }
  std::map<StreamId, int> visited;
  table.for_each([&](int item) { visited[item] = item; });
  EXPECT_EQ(visited.size(), expected.size());
  table.release();
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(table.find(1), nullptr);
  table.erase(1);
}

TEST(StreamTable, AddressesStay) {
  StreamTable<int> table;
  const int* first = &table.add(1, std::make_unique<int>(1));
  for (StreamId id = 3; id < 1000; id += 2) table.add(id, std::make_unique<int>(id));
  for (StreamId id = 3; id < 1000; id += 4) table.erase(id);
  EXPECT_EQ(table.find(1), first);
}

}  // namespace
}  // namespace astray::http2
