// Envoy's own public tests of its matching, told again as rows of ours: which chain a connection gets
// (test/common/listener_manager/listener_manager_impl_test.cc and filter_chain_manager_impl_test.cc) and which
// virtual host an authority leads to (test/common/router/config_impl_test.cc). Names and expectations are those
// tests'; what stands in a row of theirs is said beside it.
#include <gtest/gtest.h>

#include "servers/envoy/chain_choice.h"
#include "servers/envoy/domain_table.h"

namespace astray::envoy {
namespace {

Chain chain(std::string name, ChainMatch match) {
  Chain made;
  made.name = std::move(name);
  made.match = std::move(match);
  return made;
}

struct ArrivalRow {
  std::string_view server_name;
  std::string_view transport;
  std::vector<std::string_view> alpn;
  std::string_view chain;  ///< "": none
  uint16_t port = 1234;
  std::string_view address = "127.0.0.1";
};

void expect_rows(const ListenerPart& listener, const std::vector<ArrivalRow>& rows) {
  std::vector<ChainChoice::Complaint> complaints;
  const ChainChoice choice(listener, complaints);
  EXPECT_TRUE(complaints.empty());
  for (const ArrivalRow& row : rows) {
    Arrival arrival;
    arrival.local_address = *IpAddress::parse(row.address);
    arrival.local_port = Port(row.port);
    arrival.server_name = row.server_name;
    arrival.transport_protocol = row.transport;
    arrival.application_protocols = row.alpn;
    const ChainFound found = choice.find(arrival);
    EXPECT_EQ(found.chain == nullptr ? std::string_view() : std::string_view(found.chain->name), row.chain)
        << row.server_name << ' ' << row.transport << ' ' << row.address << ':' << row.port;
  }
}

TEST(EnvoyChains, SingleFilterChainWithServerNamesMatch) {
  ListenerPart listener;
  listener.chains = {chain("1", {.server_names = {"server1.example.com"}})};
  expect_rows(listener, {{"", "tls", {}, ""},
                         {"www.example.com", "tls", {}, ""},
                         {"server1.example.com", "tls", {}, "1"}});
}

TEST(EnvoyChains, MultipleFilterChainsWithServerNamesMatch) {
  ListenerPart listener;
  listener.chains = {chain("1", {}), chain("2", {.server_names = {"server1.example.com"}}),
                     chain("3", {.server_names = {"*.com"}})};
  expect_rows(listener, {{"", "tls", {}, "1"},
                         {"server1.example.com", "tls", {}, "2"},
                         {"server2.example.com", "tls", {}, "3"},
                         {"www.wildcard.com", "tls", {}, "3"}});
}

TEST(EnvoyChains, MultipleFilterChainsWithTransportProtocolMatch) {
  ListenerPart listener;
  listener.chains = {chain("1", {}), chain("2", {.transport_protocol = "tls"})};
  expect_rows(listener, {{"", "raw_buffer", {}, "1"}, {"", "tls", {}, "2"}});
}

TEST(EnvoyChains, MultipleFilterChainsWithApplicationProtocolMatch) {
  ListenerPart listener;
  listener.chains = {chain("1", {}), chain("2", {.application_protocols = {"dummy", "h2"}})};
  expect_rows(listener, {{"", "tls", {}, "1"}, {"", "tls", {"h2", "http/1.1"}, "2"}});
}

// "SNI blackholed by configuration": the name's own branch has no way back to the chain for every name.
TEST(EnvoyChains, MultipleFilterChainsWithMultipleRequirementsMatch) {
  ListenerPart listener;
  listener.chains = {chain("1", {}), chain("2", {.server_names = {"www.example.com", "server1.example.com"},
                                                 .transport_protocol = "tls",
                                                 .application_protocols = {"dummy", "h2"}})};
  expect_rows(listener, {{"", "tls", {}, "1"},
                         {"server1.example.com", "tls", {}, ""},
                         {"", "tls", {"h2", "http/1.1"}, "1"},
                         {"server1.example.com", "tls", {"h2", "http/1.1"}, "2"}});
  // As in the same file's tests of default_filter_chain: it takes what no chain takes.
  listener.default_chain = chain("default", {});
  expect_rows(listener, {{"server1.example.com", "tls", {}, "default"}});
}

// MultipleFilterChainsWithDestinationPortMatch and …DestinationIPMatch: the port and the longest prefix are final.
TEST(EnvoyChains, PortsAndPrefixesComeBeforeNames) {
  ListenerPart listener;
  listener.chains = {chain("1", {}), chain("2", {.destination_port = Port(8080)}),
                     chain("3", {.destination_port = Port(8081), .prefix_ranges = {{*IpAddress::parse("192.168.0.1"), 32}}}),
                     chain("4", {.prefix_ranges = {{*IpAddress::parse("192.168.0.0"), 16}}})};
  expect_rows(listener, {{"", "tls", {}, "1"},
                         {"", "tls", {}, "2", 8080},
                         {"", "tls", {}, "3", 8081, "192.168.0.1"},
                         {"", "tls", {}, "", 8081, "192.168.0.2"},
                         {"", "tls", {}, "4", 1234, "192.168.0.2"}});
}

TEST(EnvoyChains, MultipleFilterChainsWithOverlappingRules) {
  ListenerPart listener;
  listener.chains = {chain("1", {.server_names = {"example.com", "www.example.com"}}),
                     chain("2", {.server_names = {"example.com"}})};
  std::vector<ChainChoice::Complaint> complaints;
  const ChainChoice choice(listener, complaints);
  EXPECT_EQ(complaints.size(), 1U);
}

struct HostRow {
  std::string_view authority;
  std::string_view virtual_host;  ///< "": none
};

RouteTable table_of(const std::vector<std::pair<std::string, std::vector<std::string>>>& hosts) {
  RouteTable table;
  for (const auto& [name, domains] : hosts) {
    RouteVirtualHost& host = table.virtual_hosts.emplace_back();
    host.name = name;
    for (const std::string& domain : domains) host.domains.push_back({domain, {}});
  }
  return table;
}

void expect_hosts(const RouteTable& table, const std::vector<HostRow>& rows) {
  std::vector<DomainTable::Complaint> complaints;
  const DomainTable domains(table, complaints);
  EXPECT_TRUE(complaints.empty());
  for (const HostRow& row : rows) {
    const auto found = domains.find(row.authority);
    EXPECT_EQ(found ? std::string_view(table.virtual_hosts[found->virtual_host].name) : std::string_view(),
              row.virtual_host)
        << row.authority;
  }
}

TEST(EnvoyDomains, TestRoutes) {
  expect_hosts(table_of({{"www2", {"lyft.com", "www.lyft.com", "w.lyft.com", "ww.lyft.com", "wwww.lyft.com"}},
                         {"wildcard", {"*.foo.com", "*-bar.baz.com"}},
                         {"wildcard2", {"*.baz.com"}},
                         {"regex", {"bat.com"}},
                         {"regex2", {"bat2.com"}},
                         {"default", {"*"}}}),
               {{"lyft.com", "www2"},
                {"wwww.lyft.com", "www2"},
                {"LYFT.COM", "www2"},
                {"wWww.LyfT.coM", "www2"},
                {"www.foo.com", "wildcard"},
                {"foo-bar.baz.com", "wildcard"},
                {"-bar.baz.com", "wildcard2"},
                {"bar.baz.com", "wildcard2"},
                {".foo.com", "default"},
                {"foo.com", "default"},
                {"bat.com", "regex"},
                {"bat2.com", "regex2"},
                {"api.lyft.com", "default"}});
}

TEST(EnvoyDomains, TestRoutesWithWildcardAndDefaultOnly) {
  expect_hosts(table_of({{"wildcard", {"*.solo.io"}}, {"default", {"*"}}}),
               {{"gloo.solo.io", "wildcard"}, {"example.com", "default"}});
}

// Domains are compared with their port unless the configuration takes it away (TestIgnorePortInHostMatching).
TEST(EnvoyDomains, PortsBelongToTheName) {
  RouteTable table = table_of({{"plain", {"a.test"}}, {"port", {"b.test:8443"}}, {"prefix", {"c.*"}}});
  expect_hosts(table, {{"a.test", "plain"},
                       {"a.test:8443", ""},
                       {"b.test", ""},
                       {"b.test:8443", "port"},
                       {"c.test:8443", "prefix"},
                       {"c.", ""}});
  table.ignores_port = true;
  expect_hosts(table, {{"a.test:8443", "plain"}, {"b.test:8443", ""}, {"[::1]:443", ""}});
}

TEST(EnvoyDomains, ADomainIsStatedOnce) {
  std::vector<DomainTable::Complaint> complaints;
  const DomainTable domains(table_of({{"1", {"a.test", "*"}}, {"2", {"a.test", "*"}}}), complaints);
  EXPECT_EQ(complaints.size(), 2U);
}

}  // namespace
}  // namespace astray::envoy
