// How hard nodes are asked, and what those that do not answer cost the others.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "simulation/world.h"

namespace astray::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
size_t most_starts_in(const std::vector<MonotonicTime>& starts, Duration window) {
  size_t most = 0, first = 0;
  for (size_t i = 0; i < starts.size(); ++i) {
    while (starts[i] - starts[first] >= window) ++first;
    most = std::max(most, i - first + 1);
  }
  return most;
}

// Also where a cell takes two connections (sessions) or opens one again.
TEST(Pace, ConnectionsPerSecondAreKept) {
  World world;
  OriginOptions options = sites_of(three_names);
  options.requests_per_connection = 2;
  Origin& origin = world.add_origin(only_node, options);
  ProbeOptions probe;
  probe.connections_per_second = 10;
  Axes axes = axes_of(AxesPreset::polite);
  axes.resume = true;
  world.run({node(only_node, three_names)}, axes, probe);
  ASSERT_GT(origin.traffic().starts.size(), 40u);
  EXPECT_LE(most_starts_in(origin.traffic().starts, seconds(1)), 10u);
  // And used: no second is wasted.
  EXPECT_LE(world.loop().elapsed(), milliseconds(100) * origin.traffic().starts.size() + seconds(1));
}

TEST(Pace, ConnectionsAtATimeAreKept) {
  World world;
  Origin& origin = world.add_origin(only_node, sites_of(three_names));
  fake::Link slow;
  slow.latency = milliseconds(50);
  world.network().set_default_link(slow);
  ProbeOptions probe;
  probe.connections_per_second = 0;
  probe.per_node = 4;
  Axes axes = axes_of(AxesPreset::full);
  axes.resume = true;
  world.run({node(only_node, three_names)}, axes, probe);
  EXPECT_LE(origin.traffic().most_open, 5u);  // four, and one whose end is still on its way
  EXPECT_GE(origin.traffic().most_open, 4u);
}

TEST(Pace, ConcurrencyHoldsOverAllNodes) {
  World world;
  std::vector<ProbeNode> nodes;
  std::vector<Origin*> origins;
  for (int i = 1; i <= 10; ++i) {
    const std::string at = fmt::format("192.0.2.{}:443", i);
    origins.push_back(&world.add_origin(at, sites_of(three_names)));
    nodes.push_back(node(at, three_names));
  }
  ProbeOptions probe;
  probe.connections_per_second = 0;
  probe.concurrency = 7;
  size_t most_descriptors = 0;
  Task<ProbeSummary> probing = world.probe(nodes, axes_of(AxesPreset::polite), probe);
  world.collected().on_cell = [&](const SeenCell&) {
    most_descriptors = std::max(most_descriptors, world.network().descriptors());
  };
  ASSERT_TRUE(world.loop().run_until_done(std::move(probing)).has_value());
  // Ten listeners, seven connections with two ends each, and server ends that close a moment later.
  EXPECT_LE(most_descriptors, 10u + 2 * 7u + 7u);
  EXPECT_EQ(world.count(ProbeFailure::none), world.cells().size());
}

TEST(Pace, ANodeThatSaysNothingIsGivenUp) {
  World world;
  world.network().swallow_connects(endpoint(only_node));
  ProbeOptions probe;
  probe.contact.timeout = seconds(5);
  world.run({node(only_node, three_names)}, axes_of(AxesPreset::polite), probe);
  EXPECT_EQ(world.count(ProbeFailure::timed_out), 3u) << world.told();
  EXPECT_EQ(world.count(ProbeFailure::cancelled), world.cells().size() - 3);
  EXPECT_EQ(world.cells().front().seen.message, "gave up after 5 s connecting");
  EXPECT_EQ(world.cells().back().seen.message, "not asked: the node did not answer 3 connections in a row");
  EXPECT_LE(world.loop().elapsed(), 3 * seconds(5) + seconds(1));
  EXPECT_EQ(world.summary().connections, 3u);
}

TEST(Pace, ANodeThatShakesHandsAndHangsIsGivenUpLater) {
  World world;
  fake::Link silent;
  silent.to_client.silent_after = 2500;  // the handshake and no more
  world.network().set_link(endpoint(only_node), silent);
  OriginOptions options;
  options.sites.push_back({"a.example", std::string(5000, 'a'), {}});
  world.add_origin(only_node, options);
  ProbeOptions probe;
  probe.contact.timeout = seconds(5);
  Axes axes = axes_of(AxesPreset::full);
  world.run({node(only_node, {"a.example"})}, axes, probe);
  for (const SeenCell& cell : world.cells())
    EXPECT_TRUE(cell.seen.failure == ProbeFailure::timed_out || cell.seen.failure == ProbeFailure::cancelled)
        << to_string(cell);
  EXPECT_LE(world.loop().elapsed(), 20 * seconds(5) + seconds(1));
}

struct Alone {
  Duration took{};
  uint64_t cells = 0;
};

std::vector<ProbeNode> good_node_among(std::vector<ProbeNode> others) {
  others.insert(others.begin() + static_cast<std::ptrdiff_t>(others.size() / 2),
                node(only_node, three_names));
  return others;
}

/// When the good node's last cell was told.
Alone run_good_node(World& world, std::vector<ProbeNode> others) {
  world.add_origin(only_node, sites_of(three_names));
  world.run(good_node_among(std::move(others)), axes_of(AxesPreset::polite), ProbeOptions{});
  Alone alone;
  const MonotonicTime began = world.loop().now() - world.loop().elapsed();
  for (const SeenCell& cell : world.cells()) {
    if (cell.connection.node != endpoint(only_node)) continue;
    ++alone.cells;
    alone.took = std::max(alone.took, cell.time - began);
    EXPECT_NE(cell.seen.status, 0) << to_string(cell);
  }
  return alone;
}

// Some never accept, some never speak, some stop in the middle of the handshake, some behind it.
TEST(Pace, AThousandTarpitsDoNotSlowTheOthers) {
  World quiet;
  const Alone alone = run_good_node(quiet, {});
  ASSERT_GT(alone.cells, 10u);

  World world;
  std::vector<ProbeNode> tarpits;
  for (int i = 0; i < 1000; ++i) {
    const std::string at = fmt::format("198.51.{}.{}:443", 100 + i / 250, 1 + i % 250);
    tarpits.push_back(node(at, three_names));
    if (i % 100 == 0) {
      fake::Link stuck;
      stuck.to_client.silent_after = i % 200 == 0 ? 300 : 2200;
      world.network().set_link(endpoint(at), stuck);
      world.add_origin(at, sites_of(three_names));
    } else if (i % 2 == 0) {
      world.network().swallow_connects(endpoint(at));
    } else {
      world.add_tarpit(at);
    }
  }
  const Alone among = run_good_node(world, std::move(tarpits));
  EXPECT_EQ(among.cells, alone.cells);
  EXPECT_LE(among.took, alone.took + milliseconds(1500));
  // Given up, one after the other connection, all nodes at once: and never asked harder than one at a time.
  EXPECT_LE(world.loop().elapsed(), seconds(10) * 9 + seconds(2));
}

TEST(Pace, ARunCanBeStoppedEarly) {
  World world;
  world.add_origin(only_node, sites_of(three_names));
  Task<ProbeSummary> probing =
      world.probe({node(only_node, three_names)}, axes_of(AxesPreset::full), ProbeOptions{});
  world.collected().on_cell = [&](const SeenCell&) {
    if (world.cells().size() == 10) world.stop();
  };
  ASSERT_TRUE(world.loop().run_until_done(std::move(probing)).has_value());
  EXPECT_TRUE(world.summary().interrupted);
  EXPECT_GE(world.cells().size(), 10u);
  EXPECT_LT(world.cells().size(), world.plan().cells());
  EXPECT_EQ(world.summary().cells, world.cells().size());
}

}  // namespace
}  // namespace astray::simulation
