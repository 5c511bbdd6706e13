// Faults put into small worlds, and mended: each told once.
#include "watch/detection/detector.h"

#include <gtest/gtest.h>

#include "watch/detection/small_world_test.h"

namespace astray::watch::test {
namespace {

struct FaultCase {
  std::string name;
  std::function<void(World&)> breaks;
  std::string what;   ///< kind, names, nodes
  std::string cause;  ///< part of the told cause
  size_t nodes = 3;
};

std::ostream& operator<<(std::ostream& out, const FaultCase& fault) {
  return out << fault.name;
}

const std::vector<FaultCase> faults = {
    {"certificate renewed without a name on one node",
     [](World& world) {
       world.certificates["renewed"] = {.names = {"a.example", "c.example"}};
       for (auto& [name, host] : world.nodes[1].hosts) host.certificate = "renewed";
     },
     "certificate-gap b.example 2", "renewed without b.example"},
    {"certificate renewed without a name everywhere",
     [](World& world) {
       world.certificates["renewed"] = {.names = {"a.example", "c.example"}};
       for (WorldNode& node : world.nodes)
         for (auto& [name, host] : node.hosts) host.certificate = "renewed";
     },
     "certificate-gap b.example 1,2,3", "renewed without b.example"},
    {"certificate renewed without a name, one node alone",
     [](World& world) {
       world.certificates["renewed"] = {.names = {"a.example", "c.example"}};
       for (auto& [name, host] : world.nodes[0].hosts) host.certificate = "renewed";
     },
     "certificate-gap b.example 1", "renewed without b.example", 1},
    {"virtual host removed on one node", [](World& world) { world.nodes[1].hosts.erase("b.example"); },
     "default-answering b.example 2", "virtual host of b.example is gone on 192.0.2.2:443 alone"},
    {"virtual host removed on the only node", [](World& world) { world.nodes[0].hosts.erase("b.example"); },
     "default-answering b.example 1", "virtual host of b.example is gone", 1},
    {"virtual host removed, the default one is another name's and has its certificate",
     [](World& world) {
       for (WorldNode& node : world.nodes) node.fallback = node.hosts.at("a.example");
       world.nodes[2].hosts.erase("b.example");
     },
     "default-answering b.example 3", "virtual host of b.example is gone"},
    {"default virtual host answers everywhere",
     [](World& world) {
       for (WorldNode& node : world.nodes) node.hosts.erase("b.example");
     },
     "default-answering b.example 1,2,3", "virtual host of b.example is gone"},
    {"client certificates demanded",
     [](World& world) { world.host(3, "c.example").demand = Demand::required; },
     "authentication-changed c.example 3", "Client authentication was turned on"},
    {"client certificates demanded, one node alone",
     [](World& world) { world.host(1, "c.example").demand = Demand::required; },
     "authentication-changed c.example 1", "Client authentication was turned on", 1},
    {"client certificates asked for on all nodes",
     [](World& world) {
       world.everywhere("c.example", [](VirtualHost& host) { host.demand = Demand::optional; });
     },
     "authentication-changed c.example 1,2,3", "does not refuse"},
    {"h2 off on one node",
     [](World& world) {
       for (auto& [name, host] : world.nodes[0].hosts) host.h2 = false;
     },
     "protocol-changed a.example,b.example,c.example 1", "h2 was turned off"},
    {"h2 off for one name everywhere",
     [](World& world) { world.everywhere("a.example", [](VirtualHost& host) { host.h2 = false; }); },
     "protocol-changed a.example 1,2,3", "h2 was turned off"},
    {"a proxy sends no SNI to its back",
     [](World& world) { world.host(1, "b.example").back_misses_sni = true; }, "refused b.example 1",
     "no longer sends the name in SNI to its back"},
    {"a proxy sends no SNI to its back, one node alone",
     [](World& world) { world.host(1, "b.example").back_misses_sni = true; }, "refused b.example 1",
     "written by httpd", 1},
    {"wrong back", [](World& world) { world.host(2, "b.example").page = world.host(2, "a.example").page; },
     "misdirected b.example 2", "wrong back"},
    {"wrong back, one node alone",
     [](World& world) { world.host(1, "b.example").page = world.host(1, "a.example").page; },
     "misdirected b.example 1", "wrong back", 1},
    {"certificate expired",
     [](World& world) {
       world.certificates["old"] = {.names = world.names, .not_after = Instant{1'700'000'000}};
       world.host(2, "b.example").certificate = "old";
     },
     "certificate-expired b.example 2", "not renewed in time"},
    {"certificate not yet valid",
     [](World& world) {
       world.certificates["new"] = {.names = world.names, .not_before = Instant{1'900'000'000}};
       world.host(2, "b.example").certificate = "new";
     },
     "certificate-expired b.example 2", "begins in the future"},
    {"certificate about to expire",
     [](World& world) {
       world.certificates["short"] = {.names = world.names, .not_after = Instant{1'800'500'000}};
       for (WorldNode& node : world.nodes)
         for (auto& [name, host] : node.hosts) host.certificate = "short";
     },
     "certificate-expiring a.example,b.example,c.example 1,2,3", "runs out"},
    {"404 on one node", [](World& world) { world.host(3, "a.example").status = 404; }, "refused a.example 3",
     "It was served before"},
    {"server error on one node", [](World& world) { world.host(3, "a.example").status = 502; },
     "verdict-changed a.example 3", "502"},
    {"a silent node", [](World& world) { world.nodes[1].is_silent = true; },
     "node-silent a.example,b.example,c.example 2", "refused"},
    {"nothing answers",
     [](World& world) {
       for (WorldNode& node : world.nodes) node.is_silent = true;
     },
     "nothing-answers a.example,b.example,c.example 1,2,3", "network of the watcher"},
};

class Faults : public ::testing::TestWithParam<FaultCase> {};
INSTANTIATE_TEST_SUITE_P(All, Faults, ::testing::ValuesIn(faults),
                         [](const auto& parameter) { return std::to_string(parameter.index); });

/// The worlds of a case before its fault: those where the default virtual host matters have it from the
/// start.
World healthy(const FaultCase& fault) {
  World world = World::of(fault.nodes, 3);
  if (fault.name.find("is another name's") != std::string::npos) {
    world.certificates["of a"] = {.names = {"a.example"}};
    for (WorldNode& node : world.nodes) {
      node.hosts.at("a.example").certificate = "of a";
      node.fallback = node.hosts.at("a.example");
    }
  }
  return world;
}

TEST_P(Faults, AreToldOnceAndResolvedOnce) {
  const FaultCase& fault = GetParam();
  SCOPED_TRACE(fault.name);
  const World well = healthy(fault);
  World broken = well;
  fault.breaks(broken);
  Rounds rounds;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(rounds.ask(well), "");
  EXPECT_EQ(rounds.ask(broken), "opened " + fault.what + "\n");
  ASSERT_NE(rounds.problem(), nullptr);
  const Problem opened = *rounds.problem();
  EXPECT_NE(opened.cause.find(fault.cause), std::string::npos) << opened.cause;
  EXPECT_FALSE(opened.sentence.empty());
  EXPECT_NE(opened.next_step.find("astray probe "), std::string::npos) << opened.next_step;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(rounds.ask(broken), "");
    ASSERT_NE(rounds.problem(), nullptr);
    EXPECT_EQ(rounds.problem()->id, opened.id);
  }
  EXPECT_EQ(rounds.ask(well), "resolved " + fault.what + "\n");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(rounds.ask(well), "");
    EXPECT_EQ(rounds.problem(), nullptr);
  }
  // The same fault once more is another problem.
  EXPECT_EQ(rounds.ask(broken), "opened " + fault.what + "\n");
  ASSERT_NE(rounds.problem(), nullptr);
  EXPECT_NE(rounds.problem()->id, opened.id);
}

}  // namespace
}  // namespace astray::watch::test
