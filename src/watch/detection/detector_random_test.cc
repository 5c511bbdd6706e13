// Random worlds with one random fault: told once, rightly, and resolved once; and healthy ones: never a word.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "watch/detection/detector.h"
#include "watch/detection/small_world_test.h"

namespace astray::watch::test {
namespace {

struct RandomFault {
  ProblemKind kind;
  /// Breaks one name on one node (from 1).
  std::function<void(World&, size_t node, const std::string& name)> breaks;
  /// Whether other nodes are needed to see it where not every name is asked in every round.
  bool needs_peers = false;
};

const std::vector<RandomFault> random_faults = {
    {ProblemKind::certificate_gap,
     [](World& world, size_t node, const std::string& name) {
       std::vector<std::string> others = world.names;
       std::erase(others, name);
       world.certificates["renewed"] = {.names = others};
       for (auto& [each, host] : world.nodes.at(node - 1).hosts) host.certificate = "renewed";
     }},
    {ProblemKind::certificate_expired,
     [](World& world, size_t node, const std::string& name) {
       world.certificates["old"] = {.names = world.names, .not_after = Instant{1'700'000'000}};
       world.host(node, name).certificate = "old";
     }},
    {ProblemKind::authentication_changed,
     [](World& world, size_t node, const std::string& name) {
       world.host(node, name).demand = Demand::required;
     }},
    {ProblemKind::protocol_changed,
     [](World& world, size_t node, const std::string& name) { world.host(node, name).h2 = false; }},
    {ProblemKind::default_answering,
     [](World& world, size_t node, const std::string& name) { world.nodes.at(node - 1).hosts.erase(name); }},
    {ProblemKind::misdirected,
     [](World& world, size_t node, const std::string& name) {
       const std::string& other = world.names.front() == name ? world.names.back() : world.names.front();
       world.host(node, name).page = world.host(node, other).page;
     },
     true},
    {ProblemKind::refused, [](World& world, size_t node,
                              const std::string& name) { world.host(node, name).back_misses_sni = true; }},
    {ProblemKind::refused,
     [](World& world, size_t node, const std::string& name) { world.host(node, name).status = 403; }},
    {ProblemKind::verdict_changed,
     [](World& world, size_t node, const std::string& name) { world.host(node, name).status = 503; }},
    {ProblemKind::node_silent,
     [](World& world, size_t node, const std::string&) { world.nodes.at(node - 1).is_silent = true; }},
};

/// Counts what rounds told, and remembers all of it for the message of a failure.
struct Heard {
  size_t opened = 0, resolved = 0;
  std::string all;
  void hear(const std::string& told) {
    all += told.empty() ? "." : told;
    for (size_t at = 0; (at = told.find("opened ", at)) != std::string::npos; ++at) ++opened;
    for (size_t at = 0; (at = told.find("resolved ", at)) != std::string::npos; ++at) ++resolved;
  }
};

class RandomWorlds : public ::testing::TestWithParam<uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, RandomWorlds, ::testing::Range(uint64_t{1}, uint64_t{41}));

TEST_P(RandomWorlds, TellOneFaultOnce) {
  std::mt19937_64 random(GetParam());
  const auto between = [&](size_t least, size_t most) {
    return std::uniform_int_distribution<size_t>(least, most)(random);
  };
  const RandomFault& fault = random_faults.at(between(0, random_faults.size() - 1));
  const size_t least_nodes = fault.needs_peers ? 3 : fault.kind == ProblemKind::node_silent ? 2 : 1;
  const size_t nodes = between(least_nodes, 4);
  const size_t names = between(2, 5);
  const Weather weather{.failing = 0.01, .names_a_round = between(2, names), .pairs = 0.4};
  const World well = World::of(nodes, names);
  World broken = well;
  const size_t node = between(1, nodes);
  const std::string name = well.names.at(between(0, names - 1));
  fault.breaks(broken, node, name);

  Rounds rounds({}, weather, GetParam());
  Heard before, during, after;
  const size_t quiet = 6 + between(0, 6);
  for (size_t i = 0; i < quiet; ++i) before.hear(rounds.ask(well));
  EXPECT_EQ(before.all, std::string(quiet, '.'));
  for (int i = 0; i < 16; ++i) during.hear(rounds.ask(broken));
  EXPECT_EQ(during.opened, 1u) << during.all;
  EXPECT_EQ(during.resolved, 0u) << during.all;
  ASSERT_NE(rounds.problem(), nullptr);
  const Problem& problem = *rounds.problem();
  EXPECT_EQ(to_string(problem.kind), to_string(fault.kind));
  EXPECT_EQ(problem.nodes, std::vector<std::string>{well.nodes.at(node - 1).address});
  if (fault.kind != ProblemKind::node_silent) {
    EXPECT_EQ(problem.affected_names, std::vector<std::string>{name});
  }
  for (int i = 0; i < 24; ++i) after.hear(rounds.ask(well));
  EXPECT_EQ(after.opened, 0u) << after.all;
  EXPECT_EQ(after.resolved, 1u) << after.all;
  EXPECT_EQ(rounds.problem(), nullptr);
}

TEST_P(RandomWorlds, AreSilentWhileAllIsWell) {
  std::mt19937_64 random(GetParam());
  const World well = World::of(1 + GetParam() % 4, 2 + GetParam() % 4);
  Rounds rounds({}, {.failing = 0.02, .names_a_round = 2 + GetParam() % 3, .pairs = 0.4}, GetParam());
  std::string told;
  for (int i = 0; i < 40; ++i) told += rounds.ask(well);
  EXPECT_EQ(told, "");
}

}  // namespace
}  // namespace astray::watch::test
