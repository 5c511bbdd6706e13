#include "audit/topology.h"

#include <gtest/gtest.h>

namespace astray {
namespace {

/// Answers nothing: a topology only keeps behaviours.
class NoBehaviour : public Behaviour {
 public:
  ExpectedHandshake handshake(ListenerId, const ConnectionFacts&) const override { return {}; }
  ExpectedAnswer answer(ListenerId, const ConnectionFacts&, const ExpectedHandshake&,
                        const RequestFacts&) const override {
    return {};
  }
  Lookup find_virtual_host(ListenerId, std::string_view) const override {
    return {VirtualHostId::none, NameMatch::default_host};
  }
};

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
  return {std::move(deployment), std::make_unique<NoBehaviour>()};
}

Topology topology(std::vector<std::vector<ListenAddress>> sites, std::string_view dns = "") {
  std::vector<Site> made;
  for (auto& addresses : sites) made.push_back(site(std::move(addresses)));
  return Topology(std::move(made), *DnsView::parse(dns, "dns"), {}, Instant{0});
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

constexpr SiteId front{0};

TEST(Topology, ASpecificAddressBeatsAWildcard) {
  auto joined = topology({{at("*", 443)}, {at("*", 8443), at("127.0.0.1", 8443)}});
  EXPECT_EQ(shown(joined.destination(back("127.0.0.1", 8443), front)), "1/1");
  EXPECT_EQ(shown(joined.destination(back("127.0.0.2", 8443), front)), "1/0");
  EXPECT_EQ(shown(joined.destination(back("127.0.0.1", 9443), front)), "-");
}

TEST(Topology, AnAddressNeverLeadsToAListenerThatExcludesIt) {
  auto joined = topology({{at("*", 443)}, {at("192.0.2.1", 8443)}});
  EXPECT_EQ(shown(joined.destination(back("127.0.0.1", 8443), front)), "-");
  EXPECT_EQ(shown(joined.destination(back("192.0.2.1", 8443), front)), "1/0");
}

TEST(Topology, LoopbackIsTheSiteItselfBeforeANeighbourAndOtherAddressesAreNeverItself) {
  auto joined = topology({{at("*", 443)}, {at("*", 443)}});
  EXPECT_EQ(shown(joined.destination(back("127.0.0.1", 443), front)), "0/0");
  EXPECT_EQ(shown(joined.destination(back("10.0.0.9", 443), front)), "1/0");
  auto alone = topology({{at("*", 443)}});
  EXPECT_EQ(shown(alone.destination(back("127.0.0.1", 443), front)), "0/0");
  EXPECT_EQ(shown(alone.destination(back("10.0.0.9", 443), front)), "-");
}

TEST(Topology, WildcardsTakeTheirFamilyAlone) {
  auto joined = topology({{at("*", 443)}, {at("0.0.0.0", 8443)}, {at("::", 8443)}});
  EXPECT_EQ(shown(joined.destination(back("127.0.0.1", 8443), front)), "1/0");
  EXPECT_EQ(shown(joined.destination(back("::1", 8443), front)), "2/0");
}

TEST(Topology, NamesAreLookedUpInTheDnsView) {
  auto joined = topology({{at("*", 443)}, {at("10.0.0.9", 8443)}}, "10.0.0.8 be.test\n10.0.0.9 be.test\n");
  EXPECT_EQ(shown(joined.destination(back("be.test", 8443), front)), "1/0");
  EXPECT_EQ(shown(joined.destination(back("unknown.test", 8443), front)), "-");
}

TEST(Topology, SocketsAreJoinedByPathWithoutNginxsUri) {
  auto joined = topology({{at("*", 443)}, {at("unix:/run/be.sock", 80)}});
  EXPECT_EQ(shown(joined.destination(back("unix:/run/be.sock", 80), front)), "1/0");
  EXPECT_EQ(shown(joined.destination(back("unix:/run/be.sock:/uri", 80), front)), "1/0");
  EXPECT_EQ(shown(joined.destination(back("unix:/run/other.sock", 80), front)), "-");
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
    EXPECT_EQ(joined.may_lead_to(*IpAddress::parse(c.ip), Port(443), {front, ListenerId{0}}), c.may)
        << c.listeners.front().text() << " " << c.ip;
  }
}

TEST(Topology, PlacesWithoutASpanShowTheMainFile) {
  auto joined = topology({{at("*", 443)}});
  Place place = joined.place(front, SourceSpan{}, "a default");
  EXPECT_EQ(place.file, "/etc/main.conf");
  EXPECT_EQ(place.line, 0u);
  EXPECT_EQ(place.what, "a default");
}

}  // namespace
}  // namespace astray
