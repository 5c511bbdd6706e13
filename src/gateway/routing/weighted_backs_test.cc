#include "gateway/routing/weighted_backs.h"

#include <gtest/gtest.h>

#include <map>

namespace astray::gateway {
namespace {

WeightedBacks with_weights(const std::vector<uint32_t>& weights) {
  WeightedBacks backs;
  for (size_t i = 0; i < weights.size(); ++i) backs.add(BackPosition(i), weights[i]);
  return backs;
}

TEST(WeightedBacks, NoWeightIsNoBack) {
  EXPECT_EQ(with_weights({}).choose(0), std::nullopt);
  EXPECT_EQ(with_weights({0, 0}).choose(UINT32_MAX), std::nullopt);
  EXPECT_TRUE(with_weights({0}).all().empty());
}

TEST(WeightedBacks, TheEndsOfEachShare) {
  const WeightedBacks backs = with_weights({0, 1, 0, 3, 0});
  const auto one = BackPosition(1), three = BackPosition(3);
  EXPECT_EQ(backs.choose(0), one);
  EXPECT_EQ(backs.choose(0x3fffffff), one);
  EXPECT_EQ(backs.choose(0x40000000), three);
  EXPECT_EQ(backs.choose(UINT32_MAX), three);
  EXPECT_EQ(backs.all(), (std::vector{one, three}));
}

TEST(WeightedBacks, SumsBeyond32BitsAreNoProblem) {
  const WeightedBacks backs = with_weights({UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX});
  EXPECT_EQ(backs.choose(0), BackPosition(0));
  EXPECT_EQ(backs.choose(0x40000002), BackPosition(1));
  EXPECT_EQ(backs.choose(0x80000002), BackPosition(2));
  EXPECT_EQ(backs.choose(UINT32_MAX), BackPosition(3));
}

TEST(WeightedBacks, EachGetsItsShare) {
  const WeightedBacks backs = with_weights({65535, 1, 30000, 4464});
  std::map<BackPosition, int> counts;
  constexpr int steps = 100'000;
  for (uint64_t i = 0; i < steps; ++i)
    ++counts[*backs.choose(static_cast<uint32_t>(i * (uint64_t{1} << 32) / steps))];
  EXPECT_NEAR(counts[BackPosition(0)], 65535, 1);
  EXPECT_NEAR(counts[BackPosition(1)], 1, 1);
  EXPECT_NEAR(counts[BackPosition(2)], 30000, 1);
  EXPECT_NEAR(counts[BackPosition(3)], 4464, 1);
}

}  // namespace
}  // namespace astray::gateway
