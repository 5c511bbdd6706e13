#include "audit/hops.h"

#include <gtest/gtest.h>

#include <memory>

namespace astray {
namespace {

using Kind = NameExpression::Kind;

Setting<NameExpression> expression(Kind kind, std::string text = "") {
  return {{kind, std::move(text)}, {}, Provenance::set};
}

BackAddress back_address(std::string host, uint16_t port) {
  BackAddress address;
  if (const auto ip = IpAddress::parse(host)) address.ip = *ip;
  address.host = std::move(host);
  address.port = Port(port);
  return address;
}

BackEdge edge_to(BackProtocol protocol, std::string target, BackAddress address) {
  BackEdge edge;
  edge.protocol = protocol;
  edge.target = std::move(target);
  edge.addresses.push_back(std::move(address));
  return edge;
}

VirtualHost host_named(std::vector<ServerNamePattern> names) {
  VirtualHost host;
  host.tls.enabled = {true, {}, Provenance::set};
  for (ServerNamePattern& name : names) host.names.push_back({std::move(name), {}});
  return host;
}
VirtualHost host_named(std::string_view name) {
  return host_named({{PatternKind::exact, std::string(name)}});
}

struct SniCase {
  const char* title;
  Setting<NameExpression> sni;
  const char* target;
  BackAddress address;
  const char* front_name;
  const char* sent;  ///< "": none; "?": unknowable
};

class SniSent : public testing::TestWithParam<SniCase> {};

TEST_P(SniSent, FollowsTheExpression) {
  const SniCase& c = GetParam();
  BackEdge edge = edge_to(BackProtocol::https, c.target, c.address);
  edge.sni = c.sni;
  edge.host = expression(Kind::fixed, "irrelevant.test");
  const SentNames sent = names_sent(host_named("first.test"), edge, edge.addresses.front(), c.front_name);
  EXPECT_EQ(sent.sni_known ? sent.sni.value_or("") : "?", c.sent);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, SniSent,
    testing::Values(
        SniCase{"off", expression(Kind::none), "https://be", back_address("192.0.2.1", 443), "a.test", ""},
        SniCase{"fixed", expression(Kind::fixed, "X.test"), "https://be", back_address("192.0.2.1", 443),
                "a.test", "X.test"},
        SniCase{"fixed with a port", expression(Kind::fixed, "x.test:8443"), "https://be",
                back_address("192.0.2.1", 443), "a.test", "x.test"},
        SniCase{"fixed address", expression(Kind::fixed, "192.0.2.9"), "https://be",
                back_address("192.0.2.1", 443), "a.test", ""},
        SniCase{"fixed IPv6", expression(Kind::fixed, "[2001:db8::1]:443"), "https://be",
                back_address("192.0.2.1", 443), "a.test", ""},
        SniCase{"fixed and empty", expression(Kind::fixed, ""), "https://be", back_address("192.0.2.1", 443),
                "a.test", ""},
        SniCase{"$host", expression(Kind::request_host), "https://be", back_address("192.0.2.1", 443),
                "a.test", "a.test"},
        SniCase{"$http_host", expression(Kind::request_host_raw), "https://be",
                back_address("192.0.2.1", 443), "a.test:8443", "a.test"},
        SniCase{"$host of an address", expression(Kind::request_host), "https://be",
                back_address("192.0.2.1", 443), "203.0.113.7", ""},
        SniCase{"$ssl_server_name", expression(Kind::front_sni), "https://be", back_address("192.0.2.1", 443),
                "a.test", "a.test"},
        SniCase{"$ssl_server_name of an address", expression(Kind::front_sni), "https://be",
                back_address("192.0.2.1", 443), "203.0.113.7", ""},
        SniCase{"$server_name", expression(Kind::first_name), "https://be", back_address("192.0.2.1", 443),
                "a.test", "first.test"},
        SniCase{"$proxy_host of an upstream", expression(Kind::back_host), "https://be",
                back_address("192.0.2.1", 443), "a.test", "be"},
        SniCase{"$proxy_host of a name", expression(Kind::back_host), "https://back.test:8443/path",
                back_address("back.test", 8443), "a.test", "back.test"},
        SniCase{"$proxy_host of an address", expression(Kind::back_host), "https://127.0.0.1:8443",
                back_address("127.0.0.1", 8443), "a.test", ""},
        SniCase{"$proxy_host of IPv6", expression(Kind::back_host), "https://[::1]:8443",
                back_address("::1", 8443), "a.test", ""},
        SniCase{"$proxy_host of a socket", expression(Kind::back_host), "https://unix:/run/be.sock:/uri",
                back_address("unix:/run/be.sock", 443), "a.test", "localhost"},
        SniCase{"$proxy_host with a variable in proxy_pass", expression(Kind::back_host), "https://$backend",
                back_address("192.0.2.1", 443), "a.test", "?"},
        SniCase{"a balancer's member", expression(Kind::back_host), "balancer://pool/",
                back_address("member.test", 8443), "a.test", "member.test"},
        SniCase{"a balancer's member by address", expression(Kind::back_host), "balancer://pool/",
                back_address("192.0.2.1", 8443), "a.test", ""},
        SniCase{"httpd's form of a socket", expression(Kind::back_host),
                "unix:/run/be.sock|https://inner.test/", back_address("unix:/run/be.sock", 443), "a.test",
                "inner.test"},
        SniCase{"a variable", expression(Kind::unknowable, "$upstream_name"), "https://be",
                back_address("192.0.2.1", 443), "a.test", "?"},
        SniCase{"an unknowable setting",
                {{}, {}, Provenance::unknowable},
                "https://be",
                back_address("192.0.2.1", 443),
                "a.test",
                "?"}),
    [](const testing::TestParamInfo<SniCase>& parameter) {
      std::string name;
      for (const char c : std::string_view(parameter.param.title))
        name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
      return name + "_" + std::to_string(parameter.index);
    });

TEST(NamesSent, HostKeepsItsPort) {
  const struct {
    Setting<NameExpression> host;
    BackProtocol protocol;
    const char* target;
    const char* front_name;
    const char* sent;
  } cases[] = {
      {expression(Kind::request_host), BackProtocol::http, "http://be", "a.test", "a.test"},
      {expression(Kind::request_host_raw), BackProtocol::http, "http://be", "a.test:8443", "a.test:8443"},
      {expression(Kind::fixed, "x.test:81"), BackProtocol::http, "http://be", "a.test", "x.test:81"},
      {expression(Kind::back_host), BackProtocol::https, "https://127.0.0.1:8443", "a.test",
       "127.0.0.1:8443"},
      {expression(Kind::back_host), BackProtocol::https, "https://back.test:443/x", "a.test", "back.test"},
      {expression(Kind::back_host), BackProtocol::http, "http://back.test:80", "a.test", "back.test"},
      {expression(Kind::back_host), BackProtocol::http, "http://back.test:443", "a.test", "back.test:443"},
      {expression(Kind::back_host), BackProtocol::https, "balancer://pool", "a.test", "192.0.2.1:8443"},
      {expression(Kind::none), BackProtocol::https, "https://be", "a.test", ""},
      {expression(Kind::unknowable, "$x"), BackProtocol::https, "https://be", "a.test", "?"},
  };
  for (const auto& c : cases) {
    BackEdge edge = edge_to(c.protocol, c.target, back_address("192.0.2.1", 8443));
    edge.host = c.host;
    const SentNames sent = names_sent(host_named("first.test"), edge, edge.addresses.front(), c.front_name);
    EXPECT_EQ(sent.host_known ? sent.host.value_or("") : "?", c.sent) << c.target << " " << c.sent;
  }
}

TEST(NamesSent, ServerNameIsWrittenAsConfigured) {
  const struct {
    ServerNamePattern name;
    const char* sent;
  } cases[] = {{{PatternKind::dotted_suffix, "example.test"}, "example.test"},
               {{PatternKind::leading_wildcard, "example.test"}, "*.example.test"},
               {{PatternKind::regex, "^www\\d+$"}, "~^www\\d+$"}};
  for (const auto& c : cases) {
    BackEdge edge = edge_to(BackProtocol::https, "https://be", back_address("192.0.2.1", 443));
    edge.sni = expression(Kind::first_name);
    edge.host = edge.sni;
    const SentNames sent = names_sent(host_named({c.name}), edge, edge.addresses.front(), "a.test");
    EXPECT_EQ(sent.sni, c.sent);
    EXPECT_EQ(sent.host, c.sent);
  }
  BackEdge edge = edge_to(BackProtocol::https, "https://be", back_address("192.0.2.1", 443));
  edge.sni = expression(Kind::first_name);
  EXPECT_EQ(
      names_sent(host_named(std::vector<ServerNamePattern>()), edge, edge.addresses.front(), "a.test").sni,
      std::nullopt);
}

TEST(NamesSent, NoSniWithoutTls) {
  BackEdge edge = edge_to(BackProtocol::http, "http://be", back_address("192.0.2.1", 80));
  edge.sni = expression(Kind::request_host);
  edge.host = expression(Kind::request_host);
  EXPECT_EQ(names_sent(host_named("a.test"), edge, edge.addresses.front(), "a.test").sni, std::nullopt);
}

TEST(NamesSent, FrontSniIsEmptyOnACleartextFront) {
  BackEdge edge = edge_to(BackProtocol::https, "https://be", back_address("192.0.2.1", 443));
  edge.sni = expression(Kind::front_sni);
  VirtualHost front = host_named("a.test");
  front.tls.enabled.value = false;
  EXPECT_EQ(names_sent(front, edge, edge.addresses.front(), "a.test").sni, std::nullopt);
  front.tls.enabled.provenance = Provenance::unknowable;
  EXPECT_FALSE(names_sent(front, edge, edge.addresses.front(), "a.test").sni_known);
}

TEST(NamesSent, PassthroughSendsWhatTheClientSent) {
  const BackEdge edge = edge_to(BackProtocol::tcp, "127.0.0.1:8443", back_address("127.0.0.1", 8443));
  const SentNames sent = names_sent(host_named("a.test"), edge, edge.addresses.front(), "b.test");
  EXPECT_EQ(sent.sni, "b.test");
  EXPECT_EQ(sent.host, "b.test");
}

TEST(LookupName, FoldsWhatAHostFieldCanCarry) {
  const std::pair<const char*, const char*> cases[] = {{"A.Test:8443", "a.test"},
                                                       {"a.test.", "a.test"},
                                                       {"a.test.:443", "a.test"},
                                                       {"", ""},
                                                       {"[::1]:443", "[::1]"},
                                                       {"[2001:DB8::1]", "[2001:db8::1]"},
                                                       {"[", "["},
                                                       {".", ""}};
  for (const auto& [host, name] : cases) EXPECT_EQ(lookup_name(host), name) << host;
}

/// A server of exact names whose first virtual host is the default, and which answers 421 as httpd does when
/// SNI and Host lead to different virtual hosts, no SNI standing for the default.
class ByName : public Behaviour {
 public:
  explicit ByName(const Deployment& deployment) : deployment_(deployment) {}

  ExpectedHandshake handshake(ListenerId listener, const ConnectionFacts& connection) const override {
    ExpectedHandshake made;
    made.outcome = connection.scheme == Scheme::https ? HandshakeOutcome::ok : HandshakeOutcome::cleartext;
    made.virtual_host =
        find_virtual_host(listener, connection.sni ? connection.sni->bytes() : std::string_view())
            .virtual_host;
    return made;
  }
  ExpectedAnswer answer(ListenerId listener, const ConnectionFacts& connection,
                        const ExpectedHandshake& handshake, const RequestFacts& request) const override {
    const RawHost host = request.pseudo_authority      ? *request.pseudo_authority
                         : request.host_fields.empty() ? RawHost()
                                                       : request.host_fields.front();
    ExpectedAnswer made;
    made.virtual_host = find_virtual_host(listener, lookup_name(host.bytes())).virtual_host;
    const VirtualHost& owner = deployment_.virtual_host(made.virtual_host);
    const auto& digest = owner.tls.client_authorities.digest;
    made.outcome = AnswerOutcome::serve;
    if (handshake.outcome == HandshakeOutcome::ok && made.virtual_host != handshake.virtual_host) {
      made.outcome = AnswerOutcome::reject;
      made.status = 421;
    } else if (digest && (!connection.client_certificate ||
                          connection.client_certificate->authority_digest != *digest)) {
      made.outcome = AnswerOutcome::reject;
      made.status = 403;
    }
    return made;
  }
  Lookup find_virtual_host(ListenerId listener, std::string_view name) const override {
    const Listener& at = deployment_.listener(listener);
    for (const VirtualHostId id : at.virtual_hosts)
      for (const NamedPattern& named : deployment_.virtual_host(id).names)
        if (named.pattern.text == name) return {id, NameMatch::exact};
    return {at.default_virtual_host, NameMatch::default_host};
  }

 private:
  const Deployment& deployment_;
};

Listener listener_at(std::string ip, uint16_t port, std::vector<uint32_t> hosts) {
  Listener listener;
  if (!ip.empty()) listener.address.ip = *IpAddress::parse(ip);
  listener.address.port = Port(port);
  for (const uint32_t host : hosts) listener.virtual_hosts.push_back(VirtualHostId{host});
  if (!hosts.empty()) listener.default_virtual_host = VirtualHostId{hosts.front()};
  return listener;
}

Topology joined(std::vector<Deployment> deployments) {
  std::vector<Site> sites;
  for (Deployment& deployment : deployments) {
    Site site;
    site.deployment = std::make_unique<const Deployment>(std::move(deployment));
    site.behaviour = std::make_unique<ByName>(*site.deployment);
    sites.push_back(std::move(site));
  }
  return Topology(std::move(sites), DnsView(), {}, Instant{0});
}

constexpr SiteId first_site{0}, second_site{1}, third_site{2};
constexpr VirtualHostId first_host{0}, second_host{1};

/// One listener on 127.0.0.1:443 with a virtual host that proxies to `target`.
Deployment front_to(BackEdge edge) {
  Deployment front;
  front.listeners.push_back(listener_at("192.0.2.1", 443, {0}));
  front.virtual_hosts.push_back(host_named("a.test"));
  front.virtual_hosts.front().back_edges.push_back(std::move(edge));
  return front;
}

BackEdge https_edge(Kind sni, uint16_t port) {
  BackEdge edge = edge_to(BackProtocol::https, "https://127.0.0.1:" + std::to_string(port),
                          back_address("127.0.0.1", port));
  edge.host = expression(Kind::request_host);
  edge.sni = expression(sni);
  return edge;
}

Deployment two_hosts_at(uint16_t port) {
  Deployment back;
  back.listeners.push_back(listener_at("127.0.0.1", port, {0, 1}));
  back.virtual_hosts.push_back(host_named("a.test"));
  back.virtual_hosts.push_back(host_named("b.test"));
  return back;
}

std::vector<Deployment> deployments(Deployment a, Deployment b) {
  std::vector<Deployment> list;
  list.push_back(std::move(a));
  list.push_back(std::move(b));
  return list;
}

TEST(Follow, AsksTheBackWithTheNamesThatTheFrontSends) {
  const Topology topology = joined(deployments(front_to(https_edge(Kind::none, 8443)), two_hosts_at(8443)));

  const std::vector<Hop> own = follow(topology, first_site, first_host, "a.test");
  ASSERT_EQ(own.size(), 1u);
  EXPECT_EQ(own[0].expected->answer.outcome, AnswerOutcome::serve);
  EXPECT_EQ(own[0].destination->site, second_site);

  const std::vector<Hop> other = follow(topology, first_site, first_host, "b.test");
  ASSERT_EQ(other.size(), 1u);
  EXPECT_EQ(other[0].front_name, "b.test");
  EXPECT_EQ(other[0].sent.host, "b.test");
  EXPECT_EQ(other[0].sent.sni, std::nullopt);
  EXPECT_EQ(other[0].expected->answer.outcome, AnswerOutcome::reject);
  EXPECT_EQ(other[0].expected->answer.status, 421);
  EXPECT_EQ(other[0].expected->answer.virtual_host, second_host);
}

TEST(Follow, IsServedOnceSniFollowsHost) {
  const Topology topology =
      joined(deployments(front_to(https_edge(Kind::request_host, 8443)), two_hosts_at(8443)));
  for (const char* name : {"a.test", "b.test"}) {
    const std::vector<Hop> hops = follow(topology, first_site, first_host, name);
    ASSERT_EQ(hops.size(), 1u);
    EXPECT_EQ(hops[0].expected->answer.outcome, AnswerOutcome::serve) << name;
  }
}

TEST(Follow, StopsWhereNoConfigurationIsGiven) {
  const Topology topology = joined(deployments(front_to(https_edge(Kind::none, 9999)), two_hosts_at(8443)));
  const std::vector<Hop> hops = follow(topology, first_site, first_host, "b.test");
  ASSERT_EQ(hops.size(), 1u);
  EXPECT_FALSE(hops[0].destination.has_value());
  EXPECT_FALSE(hops[0].expected.has_value());
}

TEST(Follow, SaysNothingAboutUnknowableNames) {
  const Topology topology =
      joined(deployments(front_to(https_edge(Kind::unknowable, 8443)), two_hosts_at(8443)));
  const std::vector<Hop> hops = follow(topology, first_site, first_host, "b.test");
  ASSERT_EQ(hops.size(), 1u);
  EXPECT_TRUE(hops[0].destination.has_value());
  EXPECT_FALSE(hops[0].sent.sni_known);
  EXPECT_FALSE(hops[0].expected.has_value());
}

TEST(Follow, AsksNothingOfABackThatSpeaksNoHttp) {
  BackEdge edge = https_edge(Kind::none, 8443);
  edge.protocol = BackProtocol::fastcgi;
  const Topology topology = joined(deployments(front_to(std::move(edge)), two_hosts_at(8443)));
  const std::vector<Hop> hops = follow(topology, first_site, first_host, "a.test");
  ASSERT_EQ(hops.size(), 1u);
  EXPECT_FALSE(hops[0].expected.has_value());
}

TEST(Follow, GoesOnThroughFurtherProxiesWithTheNameOfEachHop) {
  BackEdge rewriting = https_edge(Kind::request_host, 8443);
  rewriting.host = expression(Kind::fixed, "B.test:8443");
  std::vector<Deployment> chain = deployments(front_to(std::move(rewriting)), two_hosts_at(8443));
  chain[1].virtual_hosts[1].back_edges.push_back(
      edge_to(BackProtocol::http, "http://127.0.0.1:8080", back_address("127.0.0.1", 8080)));
  chain[1].virtual_hosts[1].back_edges[0].host = expression(Kind::request_host);
  // SNI and Host differ at the second hop, so let that server be lenient: one virtual host.
  chain[1].listeners[0].virtual_hosts = {second_host};
  chain[1].listeners[0].default_virtual_host = second_host;
  Deployment last;
  last.listeners.push_back(listener_at("", 8080, {0}));
  last.virtual_hosts.push_back(host_named("b.test"));
  chain.push_back(std::move(last));
  const Topology topology = joined(std::move(chain));

  const std::vector<Hop> hops = follow(topology, first_site, first_host, "a.test");
  ASSERT_EQ(hops.size(), 2u);
  EXPECT_EQ(hops[0].sent.sni, "a.test");
  EXPECT_EQ(hops[0].sent.host, "B.test:8443");
  EXPECT_EQ(hops[1].front_site, second_site);
  EXPECT_EQ(hops[1].front, second_host);
  EXPECT_EQ(hops[1].front_name, "b.test");
  EXPECT_EQ(hops[1].sent.host, "b.test");
  EXPECT_EQ(hops[1].destination->site, third_site);
  EXPECT_EQ(hops[1].expected->handshake.outcome, HandshakeOutcome::cleartext);
  EXPECT_EQ(hops[1].expected->answer.outcome, AnswerOutcome::serve);
}

TEST(Follow, DoesNotGoPastARejection) {
  std::vector<Deployment> chain = deployments(front_to(https_edge(Kind::none, 8443)), two_hosts_at(8443));
  chain[1].virtual_hosts[1].back_edges.push_back(
      edge_to(BackProtocol::http, "http://127.0.0.1:8080", back_address("127.0.0.1", 8080)));
  const Topology topology = joined(std::move(chain));
  EXPECT_EQ(follow(topology, first_site, first_host, "b.test").size(), 1u);
}

TEST(Follow, EndsALoop) {
  Deployment loop = front_to(https_edge(Kind::request_host, 443));
  loop.listeners[0].address.ip = *IpAddress::parse("127.0.0.1");
  std::vector<Deployment> list;
  list.push_back(std::move(loop));
  const Topology topology = joined(std::move(list));
  EXPECT_EQ(follow(topology, first_site, first_host, "a.test").size(), 1u);
}

TEST(Follow, EndsALoopThatRewritesNames) {
  // Two virtual hosts that send requests to each other: a, b, and back where it began.
  Deployment loop = two_hosts_at(443);
  for (size_t i = 0; i < 2; ++i) {
    BackEdge edge = https_edge(Kind::fixed, 443);
    edge.sni.value.text = i == 0 ? "b.test" : "a.test";
    edge.host = edge.sni;
    loop.virtual_hosts[i].back_edges.push_back(std::move(edge));
  }
  std::vector<Deployment> list;
  list.push_back(std::move(loop));
  const Topology topology = joined(std::move(list));
  const std::vector<Hop> hops = follow(topology, first_site, first_host, "a.test");
  ASSERT_EQ(hops.size(), 2u);
  EXPECT_EQ(hops[0].front, first_host);
  EXPECT_EQ(hops[1].front, second_host);
}

TEST(Follow, GoesAtMostEightDeep) {
  Deployment chain;
  for (uint32_t i = 0; i < 20; ++i) {
    chain.listeners.push_back(listener_at("127.0.0.1", static_cast<uint16_t>(1000 + i), {i}));
    chain.virtual_hosts.push_back(host_named("a.test"));
    chain.virtual_hosts.back().back_edges.push_back(
        https_edge(Kind::request_host, static_cast<uint16_t>(1001 + i)));
  }
  std::vector<Deployment> list;
  list.push_back(std::move(chain));
  EXPECT_EQ(follow(joined(std::move(list)), first_site, first_host, "a.test").size(), 8u);
}

TEST(Follow, VisitsEveryAddressOfAPool) {
  BackEdge edge = https_edge(Kind::request_host, 8443);
  edge.addresses.push_back(back_address("192.0.2.77", 8443));
  const Topology topology = joined(deployments(front_to(std::move(edge)), two_hosts_at(8443)));
  const std::vector<Hop> hops = follow(topology, first_site, first_host, "a.test");
  ASSERT_EQ(hops.size(), 2u);
  EXPECT_TRUE(hops[0].destination.has_value());
  EXPECT_FALSE(hops[1].destination.has_value());
}

TEST(Follow, GoesThroughAPassthroughListenerByTheSniThatWasSent) {
  Deployment passthrough;
  passthrough.listeners.push_back(listener_at("127.0.0.1", 7443, {}));
  Listener& listener = passthrough.listeners[0];
  listener.kind = Listener::Kind::passthrough;
  for (const uint16_t port : {uint16_t{8443}, uint16_t{9443}}) {
    PassthroughRoute route;
    if (port == 8443) route.name = ServerNamePattern{PatternKind::exact, "a.test"};
    route.back =
        edge_to(BackProtocol::tcp, "127.0.0.1:" + std::to_string(port), back_address("127.0.0.1", port));
    listener.routes.push_back(std::move(route));
  }
  std::vector<Deployment> list =
      deployments(front_to(https_edge(Kind::request_host, 7443)), std::move(passthrough));
  list.push_back(two_hosts_at(8443));
  const Topology topology = joined(std::move(list));

  const std::vector<Hop> hops = follow(topology, first_site, first_host, "a.test");
  ASSERT_EQ(hops.size(), 2u);
  EXPECT_FALSE(hops[0].expected.has_value()) << "a passthrough listener answers nothing";
  EXPECT_EQ(hops[1].front_site, second_site);
  EXPECT_EQ(hops[1].front, VirtualHostId::none);
  EXPECT_EQ(hops[1].sent.sni, "a.test");
  EXPECT_EQ(hops[1].destination->site, third_site);
  EXPECT_EQ(hops[1].expected->handshake.outcome, HandshakeOutcome::ok)
      << "TLS goes through to the last server";

  const std::vector<Hop> by_default = follow(topology, first_site, first_host, "b.test");
  ASSERT_EQ(by_default.size(), 2u);
  EXPECT_EQ(by_default[1].address->port, Port(9443));
  EXPECT_FALSE(by_default[1].destination.has_value());
}

TEST(AskBack, HoldsTheClientCertificateThatTheNameDemands) {
  Deployment back = two_hosts_at(8443);
  back.virtual_hosts[1].tls.client_authentication = {ClientAuthentication::required, {}, Provenance::set};
  back.virtual_hosts[1].tls.client_authorities.digest = "c0ffee";
  std::vector<Deployment> list;
  list.push_back(std::move(back));
  const Topology topology = joined(std::move(list));
  const Topology::Destination destination{first_site, ListenerId{0}};
  const SentNames same{"b.test", "b.test"}, mixed{"a.test", "b.test"};
  EXPECT_EQ(ask_back(topology, destination, BackProtocol::https, same).answer.outcome, AnswerOutcome::serve);
  EXPECT_EQ(ask_back(topology, destination, BackProtocol::grpcs, same).answer.outcome, AnswerOutcome::serve);
  EXPECT_EQ(ask_back(topology, destination, BackProtocol::https, mixed).answer.status, 421);
}

}  // namespace
}  // namespace astray
