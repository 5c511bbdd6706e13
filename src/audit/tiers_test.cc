#include "audit/tiers.h"

#include <gtest/gtest.h>

#include "audit/no_behaviour_test.h"

namespace astray {
namespace {

struct TierMade {
  std::string file;
  uint16_t port;
  std::vector<std::pair<std::string, uint16_t>> backs;  ///< one edge each, at lines 10, 11, …
};

Topology topology_of(const std::vector<TierMade>& tiers) {
  std::vector<Site> sites;
  for (const TierMade& tier : tiers) {
    auto deployment = std::make_unique<Deployment>();
    deployment->main_file = tier.file;
    const SourceFileId file = deployment->files.add(tier.file);
    Listener listener;
    listener.address.port = Port(tier.port);
    deployment->listeners.push_back(std::move(listener));
    VirtualHost host;
    for (const auto& [address, port] : tier.backs) {
      BackEdge edge;
      edge.protocol = BackProtocol::https;
      edge.span = {file, static_cast<uint32_t>(10 + host.back_edges.size()), 5};
      BackAddress back;
      back.host = address;
      back.port = Port(port);
      if (const auto ip = IpAddress::parse(address)) back.ip = *ip;
      edge.addresses.push_back(std::move(back));
      host.back_edges.push_back(std::move(edge));
    }
    deployment->virtual_hosts.push_back(std::move(host));
    sites.push_back({std::move(deployment), std::make_unique<test::NoBehaviour>()});
  }
  return Topology(std::move(sites), DnsView(), {}, Instant{0});
}

Finding finding_at(std::string file, uint32_t line, Severity severity = Severity::error) {
  Finding finding;
  finding.rule_id = "AST006";
  finding.severity = severity;
  finding.from_name = "a.test";
  finding.to_name = "b.test";
  finding.place = {std::move(file), line, 5, ""};
  return finding;
}

TEST(Tiers, EdgesOfOneTierToOnePlaceAreOneWay) {
  const Topology joined = topology_of({{"front.conf", 443, {{"192.0.2.1", 8443}, {"192.0.2.2", 8443}, {"192.0.2.9", 80}}},
                                    {"back.conf", 8443, {}}});
  const Tiers tiers = tiers_of(joined, {});
  ASSERT_EQ(tiers.ways.size(), 2u);
  EXPECT_EQ(tiers.ways[0].to, std::optional<size_t>(1));
  EXPECT_EQ(tiers.ways[0].back_edges, 2u);
  EXPECT_EQ(tiers.ways[0].address, "192.0.2.1:8443");
  EXPECT_EQ(tiers.ways[1].to, std::nullopt);
  EXPECT_TRUE(tiers.tiers[0].is_front);
  EXPECT_FALSE(tiers.tiers[1].is_front);
}

TEST(Tiers, AFindingMarksTheWayOfItsPlaceElseItsTier) {
  const Topology joined = topology_of({{"front.conf", 443, {{"192.0.2.1", 8443}}}, {"back.conf", 8443, {}}});
  Finding elsewhere = finding_at("back.conf", 3, Severity::warning);
  elsewhere.related.push_back({"front.conf", 10, 5, "back edge"});
  Finding waived = finding_at("front.conf", 2);
  waived.waived = true;
  const std::vector<Finding> findings{finding_at("back.conf", 7, Severity::info), elsewhere, waived};
  const Tiers tiers = tiers_of(joined, findings);
  EXPECT_EQ(worst_of(tiers.ways[0].marks), Severity::warning);
  EXPECT_EQ(worst_of(tiers.tiers[1].marks), Severity::info);
  EXPECT_EQ(worst_of(tiers.tiers[0].marks), std::nullopt);
}

TEST(Tiers, AMarkStandsOnceForEachRuleAndPairOfNames) {
  const Topology joined = topology_of({{"front.conf", 443, {}}});
  const std::vector<Finding> findings{finding_at("front.conf", 1), finding_at("front.conf", 2)};
  EXPECT_EQ(tiers_of(joined, findings).tiers[0].marks.size(), 1u);
}

TEST(Tiers, WhereSeveralListenNobodyIsMeantAndTheirNumberIsTold) {
  const Topology joined =
      topology_of({{"front.conf", 443, {{"192.0.2.1", 8443}}}, {"a.conf", 8443, {}}, {"b.conf", 8443, {}}});
  const Tiers tiers = tiers_of(joined, {});
  EXPECT_EQ(tiers.ways[0].to, std::nullopt);
  EXPECT_EQ(tiers.ways[0].candidates, 2u);
  EXPECT_TRUE(tiers.tiers[1].is_front);
}

TEST(Tiers, OfSeveralTheNearestFolderIsMeant) {
  const Topology joined = topology_of({{"eu/front.conf", 443, {{"192.0.2.1", 8443}}},
                                    {"us/back.conf", 8443, {}},
                                    {"eu/back.conf", 8443, {}}});
  const Tiers tiers = tiers_of(joined, {});
  EXPECT_EQ(tiers.ways[0].to, std::optional<size_t>(2));
  EXPECT_EQ(tiers.ways[0].joined_by, JoinedBy::folder);
}

}  // namespace
}  // namespace astray
