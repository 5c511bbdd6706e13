#include "watch/rounds/window.h"

#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "probe/fake_world_test.h"

namespace astray::watch {
namespace {

using test::https_node;

std::vector<std::string> many_names(size_t count) {
  std::vector<std::string> names;
  for (size_t i = 0; i < count; ++i) names.push_back(fmt::format("n{}.example", i));
  return names;
}

std::vector<ProbeNode> many_nodes(size_t nodes, size_t names) {
  std::vector<ProbeNode> all;
  for (size_t i = 0; i < nodes; ++i) all.push_back(https_node(fmt::format("192.0.2.{}:443", i + 1), many_names(names)));
  return all;
}

/// node, SNI, Host of what a round asks of pairs and own answers, each spelled plainly.
using Asked = std::set<std::tuple<std::string, std::string, std::string>>;
void add_asked(const Window& window, Asked& asked) {
  const Plan plan(window.nodes, window.axes);
  Plan::Cursor cursor(plan);
  while (const auto question = cursor.next()) {
    if (question->sni_spelling != Spelling::plain) continue;
    for (const RequestQuestion& request : question->requests) {
      if (request.spelling == Spelling::plain && request.placement == Placement::usual)
        asked.emplace(question->node.text(), question->sni_name, request.name);
    }
  }
}

size_t rounds_until_all(const std::vector<ProbeNode>& nodes, uint64_t most_cells, size_t give_up) {
  const Axes axes;
  const std::vector<std::string> first;
  size_t wanted = 0;
  for (const ProbeNode& node : nodes) wanted += node.names.size() * node.names.size();
  Asked asked;
  for (size_t round = 0; round < give_up; ++round) {
    const Window window = window_of(round, {nodes, axes, most_cells, first});
    EXPECT_LE(window.cells, most_cells);
    add_asked(window, asked);
    if (asked.size() == wanted) return round + 1;
  }
  return 0;
}

TEST(Window, ASmallMatrixIsAskedWhole) {
  const std::vector<ProbeNode> nodes = many_nodes(2, 5);
  const Window window = window_of(7, {nodes, {}, 10'000, {}});
  EXPECT_EQ(window.cells, window.cells_of_whole);
  EXPECT_TRUE(window.has_all_names);
  Asked asked;
  add_asked(window, asked);
  EXPECT_EQ(asked.size(), 2U * 5 * 5);
}

TEST(Window, PairsTakeTurnsWhileOwnAnswersFit) {
  const std::vector<ProbeNode> nodes = many_nodes(3, 40);
  // 40 own answers by two offers, and without SNI: 120 a node. Each partner is 80 more.
  const Window window = window_of(0, {nodes, {}, 1000, {}});
  EXPECT_TRUE(window.has_all_names);
  EXPECT_LT(window.cells, window.cells_of_whole);
  Asked own;
  add_asked(window, own);
  for (const std::string& name : many_names(40))
    for (const ProbeNode& node : nodes) EXPECT_TRUE(own.count({node.endpoint.text(), name, name})) << name;
  // Two partners of 39 in each round.
  EXPECT_EQ(rounds_until_all(nodes, 1000, 100), 20U);
}

TEST(Window, NamesTakeTurnsAndAnyTwoMeet) {
  const std::vector<ProbeNode> nodes = many_nodes(2, 30);
  const size_t rounds = rounds_until_all(nodes, 200, 3000);
  EXPECT_GT(rounds, 0U);
}

TEST(Window, EveryNameHasItsTurnSoon) {
  const std::vector<ProbeNode> nodes = many_nodes(1, 101);
  Asked asked;
  const Axes axes;
  const std::vector<std::string> first;
  size_t rounds = 0;
  const auto own_answers = [&] {
    return std::count_if(asked.begin(), asked.end(),
                         [](const auto& each) { return std::get<1>(each) == std::get<2>(each); });
  };
  while (own_answers() < 101 && rounds < 100) {
    const Window window = window_of(rounds++, {nodes, axes, 150, first});
    EXPECT_FALSE(window.has_all_names);
    add_asked(window, asked);
  }
  // About 20 names a round.
  EXPECT_LE(rounds, 7U);
}

TEST(Window, TheSameRoundIsTheSame) {
  const std::vector<ProbeNode> nodes = many_nodes(2, 200);
  Asked once, again, next;
  add_asked(window_of(41, {nodes, {}, 500, {}}), once);
  add_asked(window_of(41, {nodes, {}, 500, {}}), again);
  add_asked(window_of(42, {nodes, {}, 500, {}}), next);
  EXPECT_EQ(once, again);
  EXPECT_NE(once, next);
}

TEST(Window, NamesOfProblemsComeFirst) {
  const std::vector<ProbeNode> nodes = many_nodes(2, 200);
  const std::vector<std::string> first = {"n150.example", "n77.example", "gone.example"};
  for (const uint64_t round : {0U, 1U, 9U, 1000U}) {
    Asked asked;
    const Window window = window_of(round, {nodes, {}, 500, first});
    EXPECT_LE(window.cells, 500U);
    add_asked(window, asked);
    for (const std::string name : {"n150.example", "n77.example"})
      EXPECT_TRUE(asked.count({"192.0.2.2:443", name, name})) << name << " in round " << round;
  }
}

TEST(Window, NodesKeepTheirOwnNames) {
  const std::vector<ProbeNode> nodes = {https_node("192.0.2.1:443", many_names(50)),
                                        https_node("192.0.2.2:443", {"n7.example", "other.example"})};
  Asked asked;
  for (uint64_t round = 0; round < 40; ++round) add_asked(window_of(round, {nodes, {}, 150, {}}), asked);
  EXPECT_TRUE(asked.count({"192.0.2.2:443", "other.example", "other.example"}));
  for (const auto& [node, sni, host] : asked) {
    if (node != "192.0.2.2:443") continue;
    EXPECT_TRUE(host == "n7.example" || host == "other.example") << host;
  }
}

TEST(Window, OneNameIsAskedWhateverTheBound) {
  const std::vector<ProbeNode> nodes = many_nodes(1, 3);
  const Window window = window_of(5, {nodes, {}, 1, {}});
  EXPECT_EQ(window.nodes.front().names.size(), 1U);
}

TEST(Window, AMillionPairsAreNeverWalked) {
  const std::vector<ProbeNode> nodes = many_nodes(5, 5000);
  const Window window = window_of(3, {nodes, {}, 10'000, {}});
  EXPECT_GT(window.cells_of_whole, uint64_t{125'000'000});
  EXPECT_LE(window.cells, 10'000U);
  EXPECT_GT(window.cells, 9'500U);
}

TEST(Window, NothingToAskIsAnEmptyWindow) {
  EXPECT_EQ(window_of(1, {{}, {}, 100, {}}).cells, 0U);
}

}  // namespace
}  // namespace astray::watch
