#include "base/fifo.h"

#include <gtest/gtest.h>

#include <memory>

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

}  // namespace
}  // namespace astray
