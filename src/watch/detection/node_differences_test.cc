// Nodes that differ from the first round on: told once, and what good nodes may differ in is never told.
#include "watch/detection/node_differences.h"

#include <gtest/gtest.h>

#include "watch/detection/small_world_test.h"

namespace astray::watch::test {
namespace {

struct DifferenceCase {
  std::string name;
  size_t nodes;
  std::function<void(World&)> differs;
  std::string what;      ///< names and nodes of the one problem
  std::string sentence;  ///< part of what is told
};

std::ostream& operator<<(std::ostream& out, const DifferenceCase& difference) {
  return out << difference.name;
}

void give_certificate(WorldNode& node, const std::string& certificate) {
  for (auto& [name, host] : node.hosts) host.certificate = certificate;
}

const std::vector<DifferenceCase> differences = {
    {"h2 on one of two", 2, [](World& world) { world.host(2, "b.example").h2 = false; }, "b.example 1,2",
     "in the protocol: h2 at 192.0.2.1:443; http/1.1 at 192.0.2.2:443"},
    {"h2 on one of two, for all names", 2,
     [](World& world) {
       for (auto& [name, host] : world.nodes[0].hosts) host.h2 = false;
     },
     "a.example,b.example,c.example 1,2", "in the protocol: h2 at 192.0.2.2:443; http/1.1 at 192.0.2.1:443"},
    {"two and two", 4,
     [](World& world) { world.host(2, "b.example").h2 = world.host(4, "b.example").h2 = false; },
     "b.example 1,2,3,4", "differ for b.example in the protocol: h2 at 192.0.2.1:443 and 192.0.2.3:443; "},
    {"a certificate with fewer of the names", 2,
     [](World& world) {
       world.certificates["fewer"] = {.names = {"a.example", "b.example"}};
       world.host(2, "b.example").certificate = "fewer";
     },
     "b.example 1,2",
     "in the names of the certificate: for a.example and b.example at 192.0.2.2:443; for a.example, "
     "b.example and "
     "c.example at 192.0.2.1:443"},
    {"a certificate with fewer of the names on one of three", 3,
     [](World& world) {
       world.certificates["fewer"] = {.names = {"a.example", "b.example"}};
       world.host(3, "b.example").certificate = "fewer";
     },
     "b.example 3",
     "192.0.2.3:443 differs from the other nodes for b.example in the names of the certificate"},
    {"a client certificate is asked for on one of two", 2,
     [](World& world) { world.host(1, "c.example").demand = Demand::optional; }, "c.example 1,2",
     "in asking for client certificates: asked for at 192.0.2.1:443; not asked for at 192.0.2.2:443"},
    {"a client certificate is demanded on one of two", 2,
     [](World& world) { world.host(1, "c.example").demand = Demand::required; }, "c.example 1",
     "client certificate demanded"},
    {"a server error on one of two", 2, [](World& world) { world.host(2, "b.example").status = 503; },
     "b.example 2", "a server error"},
    {"a refusal here and a server error there", 2,
     [](World& world) {
       world.host(1, "b.example").status = 404;
       world.host(2, "b.example").status = 503;
     },
     "b.example 1,2", "in what becomes of requests: 404 at 192.0.2.1:443; a server error at 192.0.2.2:443"},
    {"a virtual host on one of two, whose default pages are not the same", 2,
     [](World& world) {
       for (WorldNode& node : world.nodes) node.fallback.certificate = "all";
       world.nodes[0].fallback.page = "<h1>It works</h1>";
       world.nodes[1].hosts.erase("b.example");
     },
     "b.example 1,2",
     "in whose page it is: that of names which nobody configures at 192.0.2.2:443; the name's own at "
     "192.0.2.1:443"},
};

class NodeDifferences : public ::testing::TestWithParam<DifferenceCase> {};
INSTANTIATE_TEST_SUITE_P(All, NodeDifferences, ::testing::ValuesIn(differences),
                         [](const auto& parameter) { return std::to_string(parameter.index); });

TEST_P(NodeDifferences, AreToldAtFirstSightAndOnce) {
  const DifferenceCase& difference = GetParam();
  SCOPED_TRACE(difference.name);
  const World alike = World::of(difference.nodes, 3);
  World world = alike;
  difference.differs(world);
  Rounds rounds;
  EXPECT_EQ(rounds.ask(world), "opened parity " + difference.what + "\n");
  ASSERT_NE(rounds.problem(), nullptr);
  const Problem opened = *rounds.problem();
  EXPECT_NE(opened.sentence.find(difference.sentence), std::string::npos) << opened.sentence;
  EXPECT_EQ(opened.severity == Severity::info, false);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(rounds.ask(world), "");
    ASSERT_NE(rounds.problem(), nullptr);
    EXPECT_EQ(rounds.problem()->id, opened.id);
  }
  EXPECT_EQ(rounds.ask(alike), "resolved parity " + difference.what + "\n");
  EXPECT_EQ(rounds.ask(alike), "");
  EXPECT_EQ(rounds.problem(), nullptr);
}

struct LegitimateCase {
  std::string name;
  std::function<void(World&)> differs;
};

std::ostream& operator<<(std::ostream& out, const LegitimateCase& legitimate) {
  return out << legitimate.name;
}

const std::vector<LegitimateCase> legitimate_differences = {
    {"certificates of the same names, issued apart",
     [](World& world) {
       world.certificates["again"] = {.names = world.names, .not_before = Instant{1'799'000'000}};
       give_certificate(world.nodes[1], "again");
     }},
    {"the same watched names under a wildcard",
     [](World& world) {
       world.certificates["wildcard"] = {.names = {"*.example"}};
       give_certificate(world.nodes[1], "wildcard");
     }},
    {"a further name that is not watched",
     [](World& world) {
       std::vector<std::string> more = world.names;
       more.emplace_back("other.test");
       world.certificates["more"] = {.names = more};
       give_certificate(world.nodes[1], "more");
     }},
    {"texts of pages",
     [](World& world) {
       for (auto& [name, host] : world.nodes[1].hosts) host.page += "<p>from node 2, 29 November</p>";
     }},
    {"200 here and a redirection there", [](World& world) { world.host(2, "b.example").status = 302; }},
    {"another name's virtual host is the default one",
     [](World& world) {
       world.nodes[0].fallback.page = world.host(1, "a.example").page;
       world.nodes[0].fallback.certificate = "all";
     }},
};

class LegitimateDifferences : public ::testing::TestWithParam<LegitimateCase> {};
INSTANTIATE_TEST_SUITE_P(All, LegitimateDifferences, ::testing::ValuesIn(legitimate_differences),
                         [](const auto& parameter) { return std::to_string(parameter.index); });

TEST_P(LegitimateDifferences, AreNotTold) {
  SCOPED_TRACE(GetParam().name);
  World world = World::of(2, 3);
  GetParam().differs(world);
  Rounds rounds;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(rounds.ask(world), "");
  EXPECT_EQ(rounds.problem(), nullptr);
}

TEST(NodeDifferencesLife, OneThatStaysIsTheNewNormal) {
  AlertSettings settings;
  settings.settle = std::chrono::minutes(3);
  World world = World::of(2, 2);
  world.host(2, "b.example").h2 = false;
  Rounds rounds(settings);
  EXPECT_EQ(rounds.ask(world), "opened parity b.example 1,2\n");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(rounds.ask(world), "");
  EXPECT_EQ(rounds.ask(world), "accepted parity b.example 1,2\n");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(rounds.ask(world), "");
  EXPECT_EQ(rounds.problem(), nullptr);
}

TEST(NodeDifferencesLife, ANewNodeIsHeldAgainstTheOneThatWasThere) {
  World two = World::of(2, 2);
  two.host(2, "b.example").h2 = false;
  World one = two;
  one.nodes.pop_back();
  Rounds rounds;
  EXPECT_EQ(rounds.ask(one), "");
  EXPECT_EQ(rounds.ask(two), "opened parity b.example 1,2\n");
  EXPECT_EQ(rounds.ask(two), "");
  EXPECT_EQ(rounds.ask(one), "resolved parity b.example 1\n");
}

TEST(NodeDifferencesLife, WhatChangesLaterIsToldAsThatChange) {
  const World alike = World::of(2, 2);
  World changed = alike;
  changed.host(2, "b.example").h2 = false;
  Rounds rounds;
  EXPECT_EQ(rounds.ask(alike), "");
  EXPECT_EQ(rounds.ask(changed), "opened protocol-changed b.example 2\n");
  EXPECT_EQ(rounds.ask(changed), "");
}

TEST(NodeDifferencesLife, ASecondAspectIsToldWhenTheFirstIsMended) {
  World both = World::of(2, 2);
  both.certificates["of b"] = {.names = {"b.example"}};
  both.host(2, "b.example").h2 = false;
  both.host(2, "b.example").certificate = "of b";
  World one = both;
  one.host(2, "b.example").h2 = true;
  Rounds rounds;
  EXPECT_EQ(rounds.ask(both), "opened parity b.example 1,2\n");
  ASSERT_NE(rounds.problem(), nullptr);
  EXPECT_EQ(rounds.problem()->symptom_count, 2U);
  EXPECT_NE(rounds.problem()->sentence.find("the names of the certificate"), std::string::npos);
  EXPECT_EQ(rounds.ask(both), "");
  World other_certificate = both;
  other_certificate.host(2, "b.example").certificate = "all";
  Rounds others = rounds;
  // The one that was only mentioned is over with: nobody was told of it.
  EXPECT_EQ(rounds.ask(one), "");
  EXPECT_EQ(others.ask(other_certificate), "opened parity b.example 1,2\n");
  EXPECT_NE(others.last().events.front().problem.sentence.find("the protocol"), std::string::npos);
}

}  // namespace
}  // namespace astray::watch::test
