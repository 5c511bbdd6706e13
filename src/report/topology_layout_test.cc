#include "report/topology_layout.h"

#include <gtest/gtest.h>

namespace astray {
namespace {

Tiers tiers_with(size_t number, std::vector<std::pair<size_t, std::optional<size_t>>> ways) {
  Tiers tiers;
  tiers.tiers.resize(number);
  for (const auto& [from, to] : ways) {
    Tiers::Way way{};
    way.from = from;
    way.to = to;
    way.address = to ? "" : "192.0.2.9:80";
    tiers.ways.push_back(std::move(way));
  }
  return tiers;
}

TEST(TopologyLayout, EveryTierStandsRightOfAllThatLeadToIt) {
  const Tiers tiers = tiers_with(4, {{0, 1}, {1, 2}, {0, 2}, {2, 3}, {3, std::nullopt}});
  const TopologyLayout layout = lay_out(tiers);
  for (const Tiers::Way& way : tiers.ways) EXPECT_GT(layout.end_of(way).x, layout.tiers[way.from].right());
  EXPECT_GT(layout.tiers[0].x, layout.clients.right());
}

TEST(TopologyLayout, ACircleEnds) {
  const Tiers tiers = tiers_with(3, {{0, 1}, {1, 2}, {2, 0}, {1, 1}});
  const TopologyLayout layout = lay_out(tiers);
  EXPECT_LT(layout.tiers[0].x, layout.tiers[1].x);
  EXPECT_LT(layout.tiers[1].x, layout.tiers[2].x);
}

TEST(TopologyLayout, NoTwoBoxesOverlapAndWaysArriveApart) {
  const Tiers tiers = tiers_with(6, {{0, 5}, {1, 5}, {2, 5}, {3, 5}, {4, 5}});
  const TopologyLayout layout = lay_out(tiers);
  for (size_t i = 0; i < 6; ++i)
    for (size_t j = i + 1; j < 6; ++j) {
      const TopologyLayout::Box& a = layout.tiers[i];
      const TopologyLayout::Box& b = layout.tiers[j];
      EXPECT_TRUE(a.x != b.x || a.y + a.height < b.y || b.y + b.height < a.y) << i << " " << j;
    }
  for (size_t i = 1; i < layout.arrivals.size(); ++i) EXPECT_GE(layout.arrivals[i] - layout.arrivals[i - 1], 40);
  EXPECT_GE(layout.height, layout.tiers[5].y + layout.tiers[5].height);
}

}  // namespace
}  // namespace astray
