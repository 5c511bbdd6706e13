// Origins that close connections: after an answer, when idle, between requests.
#include <gtest/gtest.h>

#include "simulation/world.h"

namespace astray::simulation {
namespace {

using std::chrono::milliseconds;
const std::vector<std::string> four_names = {"a.example", "b.example", "c.example", "d.example"};

struct Closing {
  AlpnOffer alpn;
  size_t requests_per_connection;
  Farewell farewell;
};

class Closings : public ::testing::TestWithParam<Closing> {};
INSTANTIATE_TEST_SUITE_P(All, Closings,
                         ::testing::Values(Closing{AlpnOffer::h1, 2, Farewell::announced},
                                           Closing{AlpnOffer::h1, 2, Farewell::unannounced},
                                           Closing{AlpnOffer::h1, 3, Farewell::unannounced},
                                           Closing{AlpnOffer::h2_only, 2, Farewell::announced},
                                           Closing{AlpnOffer::h2_only, 2, Farewell::unannounced},
                                           Closing{AlpnOffer::h2_only, 3, Farewell::announced}));

// The opening request and so many cells fit on a connection: the next cell gets a connection of its own.
TEST_P(Closings, ReusedConnectionsAreOpenedAgain) {
  World world;
  OriginOptions options = sites_of(four_names);
  options.requests_per_connection = GetParam().requests_per_connection;
  options.farewell = GetParam().farewell;
  world.add_origin(only_node, options);
  Axes axes = axes_of(AxesPreset::full);
  axes.alpns = {GetParam().alpn};
  axes.uses = {ConnectionUse::reused};
  axes.snis = {{Spelling::plain, {}}};
  axes.hosts = {{Spelling::plain, {}}};
  axes.placements = {Placement::usual};
  ProbeOptions probe;
  probe.connections_per_second = 0;
  world.run({node(only_node, four_names)}, axes, probe);
  EXPECT_GE(world.cells().size(), 12u);
  EXPECT_EQ(world.count(ProbeFailure::none), world.cells().size()) << world.told();
  for (const SeenCell& cell : world.cells()) {
    EXPECT_EQ(cell.seen.status, 200) << to_string(cell);
    EXPECT_GE(cell.seen.request_index, cell.connection.use == ConnectionUse::reused ? 1u : 0u);
    EXPECT_LT(cell.seen.request_index, GetParam().requests_per_connection);
  }
}

TEST(Connections, OneThatIsClosedBehindItsFirstAnswerCannotBeReused) {
  World world;
  OriginOptions options = sites_of(four_names);
  options.requests_per_connection = 1;
  Origin& origin = world.add_origin(only_node, options);
  Axes axes = axes_of(AxesPreset::full);
  axes.alpns = {AlpnOffer::h1};
  ProbeOptions probe;
  probe.connections_per_second = 0;
  world.run({node(only_node, four_names)}, axes, probe);
  size_t reused = 0;
  for (const SeenCell& cell : world.cells()) {
    if (cell.connection.use == ConnectionUse::fresh) {
      EXPECT_NE(cell.seen.status, 0) << to_string(cell);
      continue;
    }
    ++reused;
    EXPECT_EQ(cell.verdict, CellVerdict::could_not_tell) << to_string(cell);
    EXPECT_EQ(cell.seen.failure, ProbeFailure::not_reusable);
    EXPECT_EQ(cell.seen.status, 0);
    EXPECT_TRUE(cell.seen.message.starts_with("the server closes the connection behind its first answer"))
        << cell.seen.message;
  }
  EXPECT_GT(reused, 10u);
  EXPECT_LE(origin.traffic().connections, world.cells().size() + 3 * four_names.size() * 3);
}

// A request reaches the origin 40 ms after the answer before it has left.
TEST(Connections, AnImpatientOriginIsAskedAgainAndThenNamed) {
  for (const int patience : {30, 50}) {
    World world;
    OriginOptions options = sites_of(four_names);
    options.idle = milliseconds(patience);
    world.add_origin(only_node, options);
    fake::Link slow;
    slow.latency = milliseconds(20);
    world.network().set_default_link(slow);
    world.run({node(only_node, four_names)}, axes_of(AxesPreset::polite), ProbeOptions{});
    for (const SeenCell& cell : world.cells()) {
      if (cell.connection.use == ConnectionUse::fresh || patience > 40) {
        EXPECT_NE(cell.seen.status, 0) << to_string(cell);
      } else {
        EXPECT_TRUE(cell.seen.failure == ProbeFailure::closed_early ||
                    cell.seen.failure == ProbeFailure::reset)
            << to_string(cell);
      }
    }
  }
}

TEST(Connections, AreClosedWhenTheRunIsOver) {
  World world;
  Origin& origin = world.add_origin(only_node, sites_of(four_names));
  world.run({node(only_node, four_names)}, axes_of(AxesPreset::polite), ProbeOptions{});
  const MonotonicTime soon = world.loop().now() + milliseconds(10);
  while (world.loop().now() < soon && world.loop().turn() == Loop::Turn::worked) continue;
  EXPECT_EQ(origin.traffic().open, 0u);
  EXPECT_EQ(origin.traffic().handshakes, origin.traffic().connections);
}

}  // namespace
}  // namespace astray::simulation
