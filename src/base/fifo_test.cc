#include "base/fifo.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace astray {
namespace {

TEST(Fifo, GivesTheOldestFirstAlsoWhileOthersCome) {
  Fifo<std::unique_ptr<int>> fifo;
  EXPECT_TRUE(fifo.empty());
  EXPECT_FALSE(fifo.take_front());
  fifo.emplace_back(std::make_unique<int>(1));
  fifo.emplace_back(std::make_unique<int>(2));
  EXPECT_EQ(**fifo.take_front(), 1);
  fifo.emplace_back(std::make_unique<int>(3));
  EXPECT_EQ(*fifo.back(), 3);
  EXPECT_EQ(**fifo.take_front(), 2);
  EXPECT_FALSE(fifo.empty());
  EXPECT_EQ(**fifo.take_front(), 3);
  EXPECT_TRUE(fifo.empty());
}

TEST(Fifo, ForgetsWhatIsCleared) {
  Fifo<int> fifo;
  for (int i = 0; i < 3; ++i) fifo.emplace_back(i);
  (void)fifo.take_front();
  fifo.clear();
  EXPECT_TRUE(fifo.empty());
  fifo.emplace_back(7);
  EXPECT_EQ(fifo.take_front(), 7);
  fifo.emplace_back(8);
  fifo.release();
  EXPECT_FALSE(fifo.take_front());
}

TEST(Fifo, RemovesWhatWaits) {
  Fifo<int> fifo;
  for (int i = 0; i < 5; ++i) fifo.emplace_back(i);
  (void)fifo.take_front();
  std::vector<int> seen;
  fifo.remove_if([&](int i) {
    seen.push_back(i);
    return i % 2 == 0;
  });
  EXPECT_EQ(seen, (std::vector<int>{1, 2, 3, 4}));
  EXPECT_EQ(fifo.take_front(), 1);
  fifo.remove_if([](int) { return true; });
  EXPECT_TRUE(fifo.empty());
  EXPECT_FALSE(fifo.take_front());
}

}  // namespace
}  // namespace astray
