#include "audit/topology.h"

#include <gtest/gtest.h>

#include "audit/no_behaviour_test.h"

namespace astray {
namespace {

ListenAddress at(std::string_view ip, uint16_t port) {
  ListenAddress address;
  if (ip.starts_with("unix:")) {
    address.unix_path = ip.substr(5);
  } else if (ip != "*") {
    address.ip = *IpAddress::parse(ip);
  }
  address.port = Port(port);
  return address;
}

Site site(std::vector<ListenAddress> addresses) {
  auto deployment = std::make_unique<Deployment>();
  deployment->main_file = "/etc/main.conf";
  for (ListenAddress& address : addresses) {
    Listener listener;
    listener.address = std::move(address);
    deployment->listeners.push_back(std::move(listener));
  }
  return {std::move(deployment), std::make_unique<test::NoBehaviour>()};
}

Topology topology(std::vector<std::vector<ListenAddress>> sites, std::string_view dns = "",
                  std::vector<std::string_view> edges = {}) {
  std::vector<Site> made;
  for (auto& addresses : sites) made.push_back(site(std::move(addresses)));
  std::vector<StatedEdge> stated;
  for (const std::string_view edge : edges) stated.push_back(*StatedEdge::parse(edge));
  return Topology(std::move(made), *DnsView::parse(dns, "dns"), {}, Instant{0}, std::move(stated));
}

BackAddress back(std::string host, uint16_t port) {
  BackAddress address;
  if (auto ip = IpAddress::parse(host)) address.ip = *ip;
  address.host = std::move(host);
  address.port = Port(port);
  return address;
}

/// "site/listener", or "-".
std::string shown(const std::optional<Topology::Destination>& destination) {
  if (!destination) return "-";
  return std::to_string(static_cast<uint32_t>(destination->site)) + "/" +
         std::to_string(static_cast<uint32_t>(destination->listener));
}

constexpr SiteId front_site{0};

TEST(Topology, ASpecificAddressBeatsAWildcard) {
  auto joined = topology({{at("*", 443)}, {at("*", 8443), at("127.0.0.1", 8443)}});
  EXPECT_EQ(shown(joined.destination(back("127.0.0.1", 8443), front_site)), "1/1");
  EXPECT_EQ(shown(joined.destination(back("127.0.0.2", 8443), front_site)), "1/0");
  EXPECT_EQ(shown(joined.destination(back("127.0.0.1", 9443), front_site)), "-");
}

TEST(Topology, AnAddressNeverLeadsToAListenerThatExcludesIt) {
  auto joined = topology({{at("*", 443)}, {at("192.0.2.1", 8443)}});
  EXPECT_EQ(shown(joined.destination(back("127.0.0.1", 8443), front_site)), "-");
  EXPECT_EQ(shown(joined.destination(back("192.0.2.1", 8443), front_site)), "1/0");
}

TEST(Topology, LoopbackIsTheSiteItselfBeforeANeighbourAndOtherAddressesAreNeverItself) {
  auto joined = topology({{at("*", 443)}, {at("*", 443)}});
  EXPECT_EQ(shown(joined.destination(back("127.0.0.1", 443), front_site)), "0/0");
  EXPECT_EQ(shown(joined.destination(back("10.0.0.9", 443), front_site)), "1/0");
  auto alone = topology({{at("*", 443)}});
  EXPECT_EQ(shown(alone.destination(back("127.0.0.1", 443), front_site)), "0/0");
  EXPECT_EQ(shown(alone.destination(back("10.0.0.9", 443), front_site)), "-");
}

TEST(Topology, WildcardsTakeTheirFamilyAlone) {
  auto joined = topology({{at("*", 443)}, {at("0.0.0.0", 8443)}, {at("::", 8443)}});
  EXPECT_EQ(shown(joined.destination(back("127.0.0.1", 8443), front_site)), "1/0");
  EXPECT_EQ(shown(joined.destination(back("::1", 8443), front_site)), "2/0");
}

TEST(Topology, NamesAreLookedUpInTheDnsView) {
  auto joined = topology({{at("*", 443)}, {at("10.0.0.9", 8443)}}, "10.0.0.8 be.test\n10.0.0.9 be.test\n");
  EXPECT_EQ(shown(joined.destination(back("be.test", 8443), front_site)), "1/0");
  EXPECT_EQ(shown(joined.destination(back("unknown.test", 8443), front_site)), "-");
}

TEST(Topology, SocketsAreJoinedByPathWithoutNginxsUri) {
  auto joined = topology({{at("*", 443)}, {at("unix:/run/be.sock", 80)}});
  EXPECT_EQ(shown(joined.destination(back("unix:/run/be.sock", 80), front_site)), "1/0");
  EXPECT_EQ(shown(joined.destination(back("unix:/run/be.sock:/uri", 80), front_site)), "1/0");
  EXPECT_EQ(shown(joined.destination(back("unix:/run/other.sock", 80), front_site)), "-");
}

TEST(Topology, AnAddressMayLeadToAListenerThatNobodyElseClaims) {
  struct Case {
    std::vector<ListenAddress> listeners;
    std::string_view ip;
    bool may;  ///< lead to the first listener
  };
  const Case cases[] = {
      {{at("*", 443)}, "192.0.2.1", true},
      {{at("*", 443), at("192.0.2.1", 443)}, "192.0.2.1", false},
      {{at("192.0.2.1", 443), at("*", 443)}, "192.0.2.2", false},
      {{at("10.0.0.1", 443)}, "192.0.2.2", true},  // a public address in front of an address translation
      {{at("10.0.0.1", 443), at("192.0.2.2", 443)}, "192.0.2.2", false},
      {{at("0.0.0.0", 443)}, "2001:db8::1", false},
      {{at("192.0.2.1", 443), at("*", 8443)}, "192.0.2.2", true},
  };
  for (const Case& c : cases) {
    auto joined = topology({c.listeners});
    EXPECT_EQ(joined.may_lead_to(*IpAddress::parse(c.ip), Port(443), {front_site, ListenerId{0}}), c.may)
        << c.listeners.front().text() << " " << c.ip;
  }
}

TEST(Topology, OfSeveralNeighboursOnEveryAddressNobodyIsMeant) {
  auto joined = topology({{at("*", 443)}, {at("*", 8443)}, {at("*", 8443)}});
  const Topology::Join join = joined.join(back("192.0.2.1", 8443), front_site);
  EXPECT_EQ(shown(join.to), "-");
  EXPECT_EQ(join.candidates, 2u);
}

TEST(Topology, AStatedEdgeBeatsWhatAddressesSay) {
  auto joined = topology({{at("*", 443)}, {at("192.0.2.1", 8443)}, {at("*", 8443)}}, "",
                         {"192.0.2.1=192.0.2.9", "App=192.0.2.1", "app:9443=192.0.2.1:8443", "gone=/etc/none.conf"});
  EXPECT_EQ(shown(joined.destination(back("192.0.2.1", 8443), front_site)), "2/0");
  EXPECT_EQ(shown(joined.destination(back("app", 8443), front_site)), "1/0");
  EXPECT_EQ(shown(joined.destination(back("app", 9443), front_site)), "1/0");
  EXPECT_EQ(shown(joined.destination(back("gone", 8443), front_site)), "-");
  EXPECT_EQ(joined.join(back("app", 8443), front_site).by, JoinedBy::stated);
}

TEST(Topology, AConfigurationIsMeantByItsPathAndItsPortOrItsOnlyListener) {
  std::vector<Site> sites;
  sites.push_back(site({at("*", 443)}));
  auto deployment = std::make_unique<Deployment>();
  deployment->main_file = "back/httpd.conf";
  Listener listener;
  listener.address = at("10.0.0.5", 8443);
  deployment->listeners.push_back(listener);
  sites.push_back({std::move(deployment), std::make_unique<test::NoBehaviour>()});
  const Topology joined(std::move(sites), DnsView(), {}, Instant{0},
                        {*StatedEdge::parse("app=back/httpd.conf"), *StatedEdge::parse("api=back/httpd.conf:8443"),
                         *StatedEdge::parse("old=back/httpd.conf:444")});
  EXPECT_EQ(shown(joined.destination(back("app", 8443), front_site)), "1/0");
  EXPECT_EQ(shown(joined.destination(back("app", 443), front_site)), "1/0");  // a translated port
  EXPECT_EQ(shown(joined.destination(back("api", 80), front_site)), "1/0");
  EXPECT_EQ(shown(joined.destination(back("old", 80), front_site)), "-");
}

/// A site with one listener on every address, whose virtual host claims these names and connects to that back.
Site named_site(std::vector<std::string_view> names, uint16_t port, std::string_view back_name = "") {
  auto deployment = std::make_unique<Deployment>();
  deployment->main_file = "/etc/main.conf";
  VirtualHost host;
  for (const std::string_view name : names) host.names.push_back({{PatternKind::exact, std::string(name)}, {}});
  if (!back_name.empty()) {
    BackEdge edge;
    edge.addresses.push_back(back(std::string(back_name), 8443));
    host.back_edges.push_back(std::move(edge));
  }
  deployment->virtual_hosts.push_back(std::move(host));
  Listener listener;
  listener.address = at("*", port);
  listener.virtual_hosts.push_back(VirtualHostId{0});
  deployment->listeners.push_back(std::move(listener));
  return {std::move(deployment), std::make_unique<test::NoBehaviour>()};
}

Topology named_sites(std::vector<Site> sites, std::string_view dns = "") {
  return Topology(std::move(sites), *DnsView::parse(dns, "dns"), {}, Instant{0});
}

TEST(Topology, ANameLeadsToTheOneListenerThatClaimsItUnlessDnsKnowsBetter) {
  const auto sites = [](std::vector<std::string_view> third) {
    std::vector<Site> made;
    made.push_back(named_site({"app.test"}, 443, "app.test"));
    made.push_back(named_site({"app.test", "other.test"}, 8443));
    made.push_back(named_site(std::move(third), 8443));
    return made;
  };
  auto joined = named_sites(sites({"x.test"}));
  EXPECT_EQ(shown(joined.destination(back("App.test", 8443), front_site)), "1/0");
  EXPECT_EQ(joined.join(back("app.test", 8443), front_site).by, JoinedBy::name);
  EXPECT_EQ(shown(joined.destination(back("app.test", 443), front_site)), "-");
  auto two = named_sites(sites({"app.test"}));
  EXPECT_EQ(shown(two.destination(back("app.test", 8443), front_site)), "-");
  EXPECT_EQ(two.join(back("app.test", 8443), front_site).candidates, 2u);
  auto known = named_sites(sites({"x.test"}), "192.0.2.1 app.test\n");
  EXPECT_EQ(known.join(back("app.test", 8443), front_site).by, JoinedBy::dns);
}

TEST(Topology, AServiceLeadsToItsEndpointsAndAnAliasToItsName) {
  std::vector<Site> made;
  made.push_back(named_site({"shop.test"}, 443, "app.shop.svc.cluster.local"));
  auto back_site = named_site({"app.test"}, 9443);
  made.push_back(std::move(back_site));
  auto deployment = std::make_unique<Deployment>();
  deployment->services.push_back({{"app.shop.svc.cluster.local", "app.shop"}, Port(8443), {{*IpAddress::parse("10.0.0.7"), Port(9443)}}, ""});
  deployment->services.push_back({{"gone.shop"}, Port(8443), {{*IpAddress::parse("10.0.0.8"), Port(1)}}, ""});
  made.push_back({std::move(deployment), std::make_unique<test::NoBehaviour>()});
  auto joined = named_sites(std::move(made));
  EXPECT_EQ(shown(joined.destination(back("app.shop", 8443), front_site)), "1/0");
  EXPECT_EQ(joined.join(back("app.shop.svc.cluster.local", 8443), front_site).by, JoinedBy::service);
  EXPECT_EQ(shown(joined.destination(back("app.shop", 443), front_site)), "-");
  EXPECT_EQ(shown(joined.destination(back("gone.shop", 8443), front_site)), "-");
}

TEST(Topology, PlacesWithoutASpanShowTheMainFile) {
  auto joined = topology({{at("*", 443)}});
  Place place = joined.place(front_site, SourceSpan{}, "a default");
  EXPECT_EQ(place.file, "/etc/main.conf");
  EXPECT_EQ(place.line, 0u);
  EXPECT_EQ(place.what, "a default");
}

}  // namespace
}  // namespace astray
