#include "proxy/exchange/request_judge.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "proxy/front/front_world_test.h"

namespace astray::proxy::test {
namespace {

/// Listeners of all three cleartext modes, and one behind a trusted gateway.
std::string judged_yaml(std::string_view names_of_a) {
  return fmt::format(R"(
listeners:
  tls: {{address: "10.0.0.1:443"}}
  serving: {{address: "10.0.0.1:80", tls: false, cleartext: serve}}
  redirecting: {{address: "10.0.0.1:81", tls: false, cleartext: redirect}}
  refusing: {{address: "10.0.0.1:82", tls: false, cleartext: "421"}}
virtual_hosts:
  a:
    names: [{}]
    listeners: [tls, serving, redirecting, refusing]
    certificates: [{{certificate: a.pem, key: a.key}}]
    routes: [{{backs: [app]}}]
  b:
    names: [b.example]
    certificates: [{{certificate: b.pem, key: b.key}}]
    unowned: 404
    routes: [{{backs: [app]}}]
backs:
  app: {{addresses: ["10.0.0.9:80"]}}
)",
                     names_of_a);
}

std::string told(const Judged& judged) {
  std::string text = describe(judged.verdict);
  if (judged.asked != nullptr) text += " asked " + judged.asked->origin().text();
  if (judged.virtual_host != nullptr) text += " of " + judged.virtual_host->settings->name.value.text;
  if (judged.redirect_to) text += fmt::format(" redirect to {}", judged.redirect_to->number());
  return text;
}

class JudgeWorld {
 public:
  JudgeWorld() {
    sites.push_back(folder.build(judged_yaml("a.example, www.a.example"), 1));
    sites.push_back(folder.build(judged_yaml("www.a.example"), 2));
    sites.push_back(folder.build(judged_yaml("a.example, www.a.example"), 3));
  }
  /// As FrontConnection makes one.
  ClientConnection clear(std::string listener, uint16_t port,
                         astray::Peer peer = astray::Peer::client) const {
    ClientConnection connection = blank(std::move(listener));
    connection.facts.scheme = Scheme::http;
    connection.facts.local_port = Port(port);
    connection.facts.peer = peer;
    return connection;
  }
  ClientConnection tls(size_t site, size_t virtual_host, std::string sni) const {
    ClientConnection connection = blank("tls");
    ConnectionFacts& facts = connection.facts;
    facts.scheme = Scheme::https;
    facts.local_port = Port(443);
    facts.sni = RawHost(std::move(sni));
    const HandshakeFacts& settled = sites[site]->listeners()[0].tls->hosts()->facts_of(
        static_cast<gateway::VirtualHostIndex>(virtual_host));
    facts.policy = settled.policy;
    facts.listener = settled.listener;
    facts.certificate_names = settled.certificate_names;
    connection.unowned = sites[site]->virtual_hosts()[virtual_host].settings->unowned;
    return connection;
  }
  static RequestNames asking(std::string_view host) {
    RequestNames names;
    names.host = host;
    names.host_fields = 1;
    return names;
  }

  SiteFolder folder;
  std::vector<std::shared_ptr<const Site>> sites;

 private:
  static ClientConnection blank(std::string listener) {
    return {.listener = std::move(listener),
            .client = Endpoint::parse("192.0.2.1:999").value(),
            .peer = Endpoint::parse("192.0.2.1:999").value(),
            .local = Endpoint::parse("10.0.0.1:443").value()};
  }
};

TEST(RequestJudge, CleartextModes) {
  const JudgeWorld world;
  const struct {
    const char* listener;
    uint16_t port;
    const char* host;
    const char* expected;
  } cases[] = {
      {"serving", 80, "a.example", "own-name asked http://a.example of a"},
      {"serving", 80, "b.example", "unowned asked http://b.example"},
      {"redirecting", 81, "a.example:81", "own-name asked http://a.example:81 redirect to 443"},
      {"redirecting", 81, "b.example:81", "own-name asked http://b.example:81 redirect to 443"},
      {"redirecting", 81, "nobody.example:81", "unowned asked http://nobody.example:81"},
      {"refusing", 82, "a.example:82", "scheme-mismatch asked http://a.example:82"},
      {"refusing", 82, "nobody.example:82", "unowned asked http://nobody.example:82"},
      // Another port than the connection's is not this listener's to redirect.
      {"redirecting", 81, "a.example", "port-differs asked http://a.example"},
      {"refusing", 82, "a.example", "port-differs asked http://a.example"},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(fmt::format("{} {}", each.listener, each.host));
    const ClientConnection connection = world.clear(each.listener, each.port);
    RequestJudge judge(connection);
    const Judged& judged = judge.judge(*world.sites[0], JudgeWorld::asking(each.host));
    std::string text(to_string(judged.verdict.reason));
    if (judged.asked != nullptr) text += " asked " + judged.asked->origin().text();
    if (judged.virtual_host != nullptr) text += " of " + judged.virtual_host->settings->name.value.text;
    if (judged.redirect_to) text += fmt::format(" redirect to {}", judged.redirect_to->number());
    EXPECT_EQ(text, each.expected);
  }
}

TEST(RequestJudge, ATrustedGatewayIsJudgedByAuthorityAlone) {
  const JudgeWorld world;
  const ClientConnection connection = world.clear("serving", 80, astray::Peer::trusted_gateway);
  RequestJudge judge(connection);
  RequestNames names = JudgeWorld::asking("a.example");
  names.scheme = Scheme::https;
  const Judged& judged = judge.judge(*world.sites[0], names);
  EXPECT_EQ(judged.verdict.answer, Answer::serve);
  EXPECT_EQ(judged.verdict.reason, Reason::trusted_gateway);
  ASSERT_NE(judged.virtual_host, nullptr);
  EXPECT_EQ(judged.asked->origin().text(), "https://a.example");
  EXPECT_EQ(judge.judge(*world.sites[0], JudgeWorld::asking("nobody.example")).verdict.reason,
            Reason::unowned);
}

TEST(RequestJudge, WhoIsUnownedGetsWhatTheHandshakesVirtualHostSays) {
  const JudgeWorld world;
  const ClientConnection of_a = world.tls(0, 0, "a.example"), of_b = world.tls(0, 1, "b.example");
  RequestJudge a(of_a), b(of_b);
  EXPECT_EQ(a.judge(*world.sites[0], JudgeWorld::asking("nobody.example")).verdict.answer,
            Answer::misdirected);
  EXPECT_EQ(b.judge(*world.sites[0], JudgeWorld::asking("nobody.example")).verdict.answer, Answer::not_found);
  EXPECT_EQ(b.judge(*world.sites[0], JudgeWorld::asking("a.example")).verdict.reason,
            Reason::certificate_gap);
}

TEST(RequestJudge, AListenerThatIsGoneStrandsNobody) {
  const JudgeWorld world;
  const ClientConnection connection = world.clear("gone", 80);
  RequestJudge judge(connection);
  EXPECT_EQ(judge.judge(*world.sites[0], JudgeWorld::asking("a.example")).verdict.answer, Answer::serve);
}

TEST(RequestJudge, ABadRequestLeavesNothingBehind) {
  SiteFolder folder;
  // Also for a site that is counted 0.
  const std::shared_ptr<const Site> site = folder.build(judged_yaml("a.example, www.a.example"), 0);
  const JudgeWorld world;
  const ClientConnection connection = world.clear("serving", 80);
  RequestJudge judge(connection);
  EXPECT_EQ(judge.judge(*site, JudgeWorld::asking("a.example")).verdict.answer, Answer::serve);
  EXPECT_EQ(judge.judge(*site, JudgeWorld::asking("a b")).verdict.answer, Answer::bad_request);
  EXPECT_EQ(judge.judge(*site, JudgeWorld::asking("a.example")).verdict.answer, Answer::serve);
}

TEST(RequestJudge, RemembersNothingThatMatters) {
  const JudgeWorld world;
  const std::vector<ClientConnection> connections{
      world.tls(0, 0, "a.example"),
      world.tls(0, 1, "b.example"),
      world.clear("serving", 80),
      world.clear("redirecting", 81),
      world.clear("refusing", 82),
      world.clear("serving", 80, astray::Peer::trusted_gateway),
      world.clear("redirecting", 81, astray::Peer::trusted_gateway)};
  const std::string_view hosts[] = {
      "a.example", "A.EXAMPLE.", "www.a.example", "b.example", "a.example:80", "a.example:443", "nobody",
      "a b",       "",           "b.example:81",  "192.0.2.1", "a.example:82"};
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    std::minstd_rand random(seed);
    const auto pick = [&](size_t count) { return static_cast<size_t>(random() % count); };
    for (const ClientConnection& connection : connections) {
      RequestJudge remembering(connection);
      size_t site = 0;
      for (int i = 0; i < 200; ++i) {
        if (pick(5) == 0) site = pick(world.sites.size());
        const std::string host(hosts[pick(pick(2) == 0 ? 3 : std::size(hosts))]);
        RequestNames names = JudgeWorld::asking(host);
        if (pick(4) == 0) names.scheme = pick(2) == 0 ? Scheme::http : Scheme::https;
        if (pick(6) == 0) {
          names.pseudo_authority = host;
          names.host_fields = pick(3);
        }
        RequestJudge fresh(connection);
        EXPECT_EQ(told(remembering.judge(*world.sites[site], names)),
                  told(fresh.judge(*world.sites[site], names)));
      }
    }
  }
}

}  // namespace
}  // namespace astray::proxy::test
