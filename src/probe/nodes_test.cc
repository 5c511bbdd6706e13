#include "probe/nodes.h"

#include <gtest/gtest.h>

#include "io/fake/resolver.h"
#include "io/fake/virtual_loop.h"

namespace astray {
namespace {

IpAddress address(std::string_view text) {
  return IpAddress::parse(text).value();
}

class Nodes : public ::testing::Test {
 protected:
  Nodes() {
    resolver.set(Hostname::parse("a.example").value(), {address("192.0.2.1"), address("2001:db8::1")});
    resolver.set(Hostname::parse("b.example").value(), {address("192.0.2.1")});
  }
  ProbeNodes find(const std::vector<std::string>& targets, std::vector<NodeOverride> instead = {}) {
    std::vector<ProbeTarget> parsed;
    for (const std::string& text : targets) parsed.push_back(parse_target(text).value());
    return loop.run_until_done(find_nodes(loop, resolver, std::move(parsed), std::move(instead))).value();
  }
  static std::string text_of(const ProbeNodes& found) {
    std::string text;
    for (const ProbeNode& node : found.nodes) {
      text += node.endpoint.text() + " " + std::string(to_string(node.protocol));
      for (const std::string& name : node.names) text += " " + name;
      text += "\n";
    }
    return text;
  }
  fake::VirtualLoop loop;
  fake::Resolver resolver{loop};
};

TEST_F(Nodes, EveryAddressIsANodeAndNamesShareIt) {
  const ProbeNodes found = find({"a.example", "b.example", "a.example"});
  EXPECT_EQ(text_of(found), "192.0.2.1:443 https a.example b.example\n[2001:db8::1]:443 https a.example\n");
  ASSERT_EQ(found.names.size(), 2u);
  EXPECT_EQ(found.names[0].name, "a.example");
  EXPECT_EQ(found.names[0].addresses.size(), 2u);
  EXPECT_TRUE(found.unresolved.empty());
}

TEST_F(Nodes, PortsAndProtocolsAreNodesOfTheirOwn) {
  EXPECT_EQ(text_of(find({"b.example", "https://b.example:8443/", "http://b.example:443/"})),
            "192.0.2.1:443 https b.example\n192.0.2.1:8443 https b.example\n192.0.2.1:443 http b.example\n");
}

TEST_F(Nodes, PinnedAndLiteralTargetsAskNoDns) {
  const ProbeNodes found = find({"unknown.example@192.0.2.7:8443", "https://192.0.2.8/"});
  EXPECT_EQ(text_of(found), "192.0.2.7:8443 https unknown.example\n192.0.2.8:443 https\n");
  EXPECT_TRUE(found.unresolved.empty());
}

TEST_F(Nodes, UnknownNamesAreToldAndTheOthersGoOn) {
  const ProbeNodes found = find({"nowhere.example", "b.example"});
  EXPECT_EQ(text_of(found), "192.0.2.1:443 https b.example\n");
  ASSERT_EQ(found.unresolved.size(), 1u);
  EXPECT_EQ(found.unresolved[0].target, "nowhere.example");
  EXPECT_FALSE(found.unresolved[0].message.empty());
}

TEST_F(Nodes, AGivenAddressTakesThePlaceOfAll) {
  const std::vector<NodeOverride> instead = {{address("192.0.2.9"), std::nullopt},
                                             {address("192.0.2.10"), Port(8443)}};
  EXPECT_EQ(text_of(find({"nowhere.example", "b.example@192.0.2.1"}, instead)),
            "192.0.2.9:443 https nowhere.example b.example\n"
            "192.0.2.10:8443 https nowhere.example b.example\n");
}

TEST_F(Nodes, BehindAPortMappingNamesKeepThePortThatClientsName) {
  const ProbeNodes found =
      find({"a.example", "https://b.example:9443/"}, {{address("127.0.0.1"), Port(8443)}});
  ASSERT_EQ(found.nodes.size(), 1U);
  EXPECT_EQ(found.nodes[0].port_of(0), Port(443));
  EXPECT_EQ(found.nodes[0].port_of(1), Port(9443));
}

}  // namespace
}  // namespace astray
