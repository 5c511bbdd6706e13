#include "probe/axes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "probe/cell_judge.h"
#include "probe/fake_world_test.h"
#include "probe/plan_values.h"

namespace astray::test {
namespace {

struct Walk {
  std::vector<ConnectionQuestion> connections;
  uint64_t cells = 0;
};

Walk walk(const Plan& plan) {
  Walk result;
  Plan::Cursor cursor(plan);
  while (auto question = cursor.next()) {
    EXPECT_EQ(cursor.cells_before(), result.cells);
    EXPECT_FALSE(question->requests.empty());
    EXPECT_TRUE(question->use == ConnectionUse::reused || question->requests.size() == 1);
    result.cells += question->requests.size();
    result.connections.push_back(std::move(*question));
  }
  EXPECT_FALSE(cursor.next().has_value());
  return result;
}

std::string sent(const std::optional<std::string>& text) {
  return text ? (text->empty() ? "''" : *text) : "-";
}

std::string line(const ConnectionQuestion& connection, const RequestQuestion& request) {
  std::string text = fmt::format("{} {} {} {} {}", to_string(connection.use), to_string(connection.alpn),
                                 sent(connection.sni), sent(request.host), to_string(request.placement));
  if (!request.other.empty()) text += " " + request.other;
  if (connection.session_of) text += " session " + *connection.session_of;
  if (connection.client_certificate) text += fmt::format(" certificate {}", *connection.client_certificate);
  return text;
}

std::vector<std::string> lines(const Plan& plan) {
  std::vector<std::string> all;
  for (const ConnectionQuestion& connection : walk(plan).connections) {
    for (const RequestQuestion& request : connection.requests) all.push_back(line(connection, request));
  }
  return all;
}

std::vector<std::string> some_names(size_t count) {
  std::vector<std::string> names;
  for (size_t i = 0; i < count; ++i) names.push_back(fmt::format("n{}.example", i));
  return names;
}

TEST(Plan, PoliteForTwoNamesIsThis) {
  Axes axes;
  axes.resume = true;
  const std::vector<std::string> expected = {
      // Baselines.
      "fresh h1 a.example a.example usual",
      "fresh h2 a.example a.example usual",
      "fresh h1 b.example b.example usual",
      "fresh h2 b.example b.example usual",
      // Who answers by default.
      "fresh h1 unknown.invalid unknown.invalid usual",
      "fresh h1 - unknown.invalid usual",
      "fresh h1 - 192.0.2.1 usual",
      "fresh h1 unknown.invalid a.example usual",
      "fresh h1 a.example unknown.invalid usual",
      "fresh h2 unknown.invalid unknown.invalid usual",
      "fresh h2 - unknown.invalid usual",
      "fresh h2 - 192.0.2.1 usual",
      "fresh h2 unknown.invalid a.example usual",
      "fresh h2 a.example unknown.invalid usual",
      "fresh h1 - a.example usual",
      "fresh h1 - b.example usual",
      // Pairs.
      "reused h2 a.example b.example usual",
      "reused h2 b.example a.example usual",
      "fresh h1 a.example b.example usual",
      "fresh h1 b.example a.example usual",
      // Odd spellings.
      "fresh h1 a.example A.EXAMPLE usual",
      "fresh h1 a.example a.example. usual",
      "fresh h1 a.example a.example:8443 usual",
      "fresh h1 a.example a.example:8444 usual",
      "fresh h1 a.example 192.0.2.1 usual",
      "fresh h1 a.example '' usual",
      "fresh h1 a.example - usual",
      "fresh h1 A.EXAMPLE a.example usual",
      "fresh h1 a.example. a.example usual",
      "fresh h1 a.example a.example absolute-form",
      "fresh h1 a.example a.example absolute-conflict b.example",
      "fresh h1 a.example a.example two-host-fields b.example",
      "fresh h2 a.example A.EXAMPLE usual",
      "fresh h2 a.example a.example. usual",
      "fresh h2 a.example a.example:8443 usual",
      "fresh h2 a.example a.example:8444 usual",
      "fresh h2 a.example 192.0.2.1 usual",
      "fresh h2 a.example '' usual",
      "fresh h2 a.example - usual",
      "fresh h2 A.EXAMPLE a.example usual",
      "fresh h2 a.example. a.example usual",
      "fresh h2 a.example a.example host-field-alone",
      "fresh h2 a.example a.example authority-conflict b.example",
      // Sessions.
      "fresh h1 b.example b.example usual session a.example",
      "fresh h1 a.example a.example usual session b.example",
  };
  EXPECT_EQ(lines(Plan({https_node("192.0.2.1:8443", {"a.example", "b.example"})}, axes)), expected);
}

TEST(Axes, SpellingsWithAPortHaveTheOneThatClientsName) {
  // Clients ask https://a.example, and whatever is in front hands port 443 to another one.
  const auto hosts_with_a_port = [](uint16_t named, const char* endpoint) {
    ProbeNode node = https_node(endpoint, {"a.example"});
    node.name_ports = {Port(named)};
    Axes axes;
    axes.alpns = {AlpnOffer::h1};
    std::vector<std::string> hosts;
    for (const ConnectionQuestion& connection : walk(Plan({node}, axes)).connections) {
      const RequestQuestion& request = connection.requests.front();
      if (request.spelling == Spelling::with_port || request.spelling == Spelling::wrong_port)
        hosts.push_back(sent(request.host));
    }
    return hosts;
  };
  using Hosts = std::vector<std::string>;
  EXPECT_EQ(hosts_with_a_port(443, "127.0.0.1:8443"), (Hosts{"a.example:443", "a.example:444"}));
  // The port that the node listens at is no wrong one to every server.
  EXPECT_EQ(hosts_with_a_port(443, "127.0.0.1:444"), (Hosts{"a.example:443", "a.example:445"}));
  EXPECT_EQ(hosts_with_a_port(65535, "127.0.0.1:1"), (Hosts{"a.example:65535", "a.example:2"}));
}

TEST(Plan, InClearThereIsNoSniAndNoReuse) {
  Axes axes;
  axes.resume = true;
  axes.client_certificates = {std::nullopt, 0};
  for (const AxesPreset preset : {AxesPreset::polite, AxesPreset::full}) {
    axes.preset = preset;
    ProbeNode node = https_node("192.0.2.1:80", {"a.example", "b.example"});
    node.protocol = PortProtocol::http;
    const Walk seen = walk(Plan({node}, axes));
    EXPECT_GT(seen.cells, 8u);
    std::set<std::string> once;
    for (const ConnectionQuestion& connection : seen.connections) {
      EXPECT_FALSE(connection.sni.has_value());
      EXPECT_EQ(connection.alpn, AlpnOffer::none);
      EXPECT_EQ(connection.use, ConnectionUse::fresh);
      EXPECT_FALSE(connection.session_of.has_value());
      EXPECT_FALSE(connection.client_certificate.has_value());
      EXPECT_TRUE(once.insert(line(connection, connection.requests.front())).second)
          << line(connection, connection.requests.front());
    }
  }
}

TEST(Plan, OtherProtocolsGetOneCell) {
  for (const PortProtocol protocol :
       {PortProtocol::ftp, PortProtocol::ftps, PortProtocol::smtp, PortProtocol::smtps}) {
    ProbeNode node = https_node("192.0.2.1:21", {"a.example", "b.example"});
    node.protocol = protocol;
    Axes axes;
    axes.preset = AxesPreset::full;
    const Walk seen = walk(Plan({node}, axes));
    ASSERT_EQ(seen.cells, 1u);
    const bool tls = protocol == PortProtocol::ftps || protocol == PortProtocol::smtps;
    EXPECT_EQ(seen.connections[0].sni.has_value(), tls);
    EXPECT_EQ(seen.connections[0].protocol, protocol);
  }
}

TEST(Plan, ANodeWithoutNamesIsAskedForItsDefaults) {
  const std::vector<std::string> seen = lines(Plan({https_node("[2001:db8::1]:443", {})}, {}));
  EXPECT_EQ(seen.size(), 6u);
  EXPECT_EQ(seen[2], "fresh h1 - [2001:db8::1] usual");
}

TEST(Plan, ManyNamesStaySmall) {
  const Plan at_the_limit({https_node("192.0.2.1:443", some_names(24))}, {});
  EXPECT_TRUE(at_the_limit.notes().empty());
  const Plan plan({https_node("192.0.2.1:443", some_names(1000))}, {});
  EXPECT_EQ(plan.cells(), 2000u + 10 + 1000 + 8000 + 8000 + 23);
  ASSERT_EQ(plan.notes().size(), 1u);
  EXPECT_NE(plan.notes()[0].find("the next 8"), std::string::npos) << plan.notes()[0];
  // The last names go around.
  const Walk seen = walk(plan);
  EXPECT_EQ(seen.cells, plan.cells());
  std::map<std::string, size_t> as_partner;
  for (const ConnectionQuestion& connection : seen.connections) {
    if (connection.use != ConnectionUse::reused) continue;
    EXPECT_EQ(connection.requests.size(), 8u);
    for (const RequestQuestion& request : connection.requests) ++as_partner[request.name];
  }
  EXPECT_EQ(as_partner.size(), 1000u);
  for (const auto& [name, count] : as_partner) EXPECT_EQ(count, 8u) << name;
}

TEST(Plan, BaselinesOfAllNodesComeFirst) {
  const std::vector<ProbeNode> nodes = {https_node("192.0.2.1:443", some_names(3)),
                                        https_node("192.0.2.2:443", some_names(2))};
  const Walk seen = walk(Plan(nodes, {}));
  for (size_t i = 0; i < seen.connections.size(); ++i) {
    const ConnectionQuestion& connection = seen.connections[i];
    EXPECT_EQ(is_baseline(connection, connection.requests.front()), i < 10) << i;
  }
}

TEST(Plan, APlanOfABillionCellsIsMadeAtOnce) {
  Axes axes;
  axes.preset = AxesPreset::full;
  axes.resume = true;
  const Plan plan({https_node("192.0.2.1:443", some_names(5000))}, axes);
  EXPECT_GT(plan.cells(), uint64_t{1000} * 1000 * 1000);
  EXPECT_LT(plan.connections(), plan.cells());
  Plan::Cursor cursor(plan);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(cursor.next().has_value());
}

TEST(Plan, ReusedConnectionsCarryAllOthersInPieces) {
  Axes axes;
  axes.preset = AxesPreset::full;
  axes.alpns = {AlpnOffer::h2};
  axes.uses = {ConnectionUse::reused};
  axes.hosts = {{Spelling::plain, {}}};
  const Walk seen = walk(Plan({https_node("192.0.2.1:443", some_names(100))}, axes));
  std::map<std::string, std::set<std::string>> asked;
  for (const ConnectionQuestion& connection : seen.connections) {
    if (connection.use != ConnectionUse::reused) continue;
    EXPECT_LE(connection.requests.size(), requests_per_connection);
    for (const RequestQuestion& request : connection.requests)
      EXPECT_TRUE(asked[connection.sni_name].insert(request.name).second);
  }
  EXPECT_EQ(asked.size(), 100u);
  for (const auto& [opener, names] : asked) {
    EXPECT_EQ(names.size(), 99u) << opener;
    EXPECT_FALSE(names.contains(opener));
  }
}

TEST(Plan, LiteralsThatSpellAKnownNameAreKnown) {
  Axes axes;
  axes.snis = {{Spelling::literal, "A.example"}, {Spelling::literal, "other.example"}};
  axes.hosts = {{Spelling::literal, "b.example:9"}, {Spelling::literal, "<>"}};
  axes.alpns = {AlpnOffer::h1};
  axes.uses = {ConnectionUse::fresh};
  const Walk seen = walk(Plan({https_node("192.0.2.1:443", {"a.example", "b.example"})}, axes));
  ASSERT_EQ(seen.cells, 2u + 4u);
  EXPECT_EQ(seen.connections[2].sni, "A.example");
  EXPECT_EQ(seen.connections[2].sni_name, "a.example");
  EXPECT_EQ(seen.connections[2].requests[0].host, "b.example:9");
  EXPECT_EQ(seen.connections[2].requests[0].name, "b.example");
  EXPECT_EQ(seen.connections[5].sni_name, "");
  EXPECT_EQ(seen.connections[5].requests[0].name, "");
}

TEST(Plan, ALiteralThatIsAKnownNameIsThatName) {
  Axes axes;
  axes.snis = {{Spelling::literal, "a.example"}};
  axes.hosts = {{Spelling::literal, "b.example"}, {Spelling::plain, {}}};
  axes.alpns = {AlpnOffer::h2};
  axes.uses = {ConnectionUse::reused};
  const Plan plan({https_node("192.0.2.1:443", {"a.example", "b.example"})}, axes);
  const Walk seen = walk(plan);
  ASSERT_EQ(seen.connections.size(), 3u);  // two baselines and one to be reused
  const ConnectionQuestion& reused = seen.connections[2];
  EXPECT_EQ(reused.use, ConnectionUse::reused);
  EXPECT_EQ(reused.sni_name, "a.example");
  ASSERT_EQ(reused.requests.size(), 1u);
  EXPECT_EQ(reused.requests[0].name, "b.example");
  EXPECT_EQ(reused.requests[0].spelling, Spelling::plain);
  EXPECT_TRUE(plan.notes().empty());

  axes.snis = {{Spelling::literal, "c.example"}};
  const Plan unopened({https_node("192.0.2.1:443", {"a.example", "b.example"})}, axes);
  EXPECT_EQ(unopened.connections(), 2u);
  ASSERT_EQ(unopened.notes().size(), 1u);
  EXPECT_NE(unopened.notes()[0].find("make the name a TARGET"), std::string::npos) << unopened.notes()[0];
}

template <typename T>
std::vector<T> some(std::mt19937& random, const std::vector<T>& all) {
  std::vector<T> chosen;
  for (const T& one : all) {
    if (random() % 2 == 0) chosen.push_back(one);
  }
  return chosen;
}

/// The pairs of different names that are asked on fresh connections, "SNI Host".
std::set<std::string> fresh_pairs(const Plan& plan) {
  std::set<std::string> pairs;
  for (const ConnectionQuestion& connection : walk(plan).connections) {
    const RequestQuestion& request = connection.requests.front();
    const bool is_pair = connection.use == ConnectionUse::fresh && connection.sni_spelling == Spelling::plain &&
                         request.spelling == Spelling::plain && !request.name.empty() &&
                         connection.sni_name != request.name;
    if (is_pair) pairs.insert(connection.sni_name + " " + request.name);
  }
  return pairs;
}

TEST(Plan, PartnersThatWereSkippedHaveTheirTurnLater) {
  const std::vector<ProbeNode> nodes = {https_node("192.0.2.1:443", some_names(7))};
  Axes axes;
  std::set<std::string> all;
  for (size_t round = 0; round < 3; ++round) {
    axes.partners = Partners{round * 2, 2};
    const std::set<std::string> pairs = fresh_pairs(Plan(nodes, axes));
    EXPECT_EQ(pairs.size(), 7U * 2);
    all.insert(pairs.begin(), pairs.end());
  }
  EXPECT_EQ(all.size(), 7U * 6);
  axes.partners = Partners{};
  EXPECT_TRUE(fresh_pairs(Plan(nodes, axes)).empty());
}

TEST(Plan, QuestionsOfOnesOwnComeBehindTheOthersOfTheirNode) {
  const std::vector<ProbeNode> nodes = {https_node("192.0.2.1:443", {"a.example", "b.example"}),
                                        https_node("192.0.2.2:443", {"a.example"})};
  ConnectionQuestion own = connection_to("192.0.2.2:443", "x.example");
  own.requests = {request_of("y.example"), request_of("z.example")};
  own.use = ConnectionUse::reused;
  ConnectionQuestion of_nobody = connection_to("192.0.2.9:443", "x.example");
  of_nobody.requests = {request_of("y.example")};
  const Plan without(nodes, {});
  const Plan plan(nodes, {}, {own, of_nobody});
  EXPECT_EQ(plan.connections(), without.connections() + 1);
  EXPECT_EQ(plan.cells(), without.cells() + 2);
  const Walk seen = walk(plan);
  EXPECT_EQ(seen.connections.back().sni, "x.example");
  EXPECT_EQ(seen.connections.back().requests.size(), 2U);
}

TEST(Plan, CountsAreExactAndNothingIsAskedTwice) {
  constexpr unsigned seed = 421;
  std::mt19937 random(seed);
  const std::vector<AxisName> values = {{Spelling::none, {}},       {Spelling::empty, {}},
                                        {Spelling::unknown, {}},    {Spelling::plain, {}},
                                        {Spelling::upper_case, {}}, {Spelling::with_port, {}},
                                        {Spelling::wrong_port, {}}, {Spelling::trailing_dot, {}},
                                        {Spelling::address, {}},    {Spelling::literal, "x.test"}};
  const std::vector<Placement> placements = {Placement::usual,
                                             Placement::absolute_form,
                                             Placement::absolute_conflict,
                                             Placement::host_field_alone,
                                             Placement::authority_conflict,
                                             Placement::two_host_fields};
  for (int round = 0; round < 60; ++round) {
    Axes axes;
    axes.preset = random() % 2 == 0 ? AxesPreset::polite : AxesPreset::full;
    if (random() % 2 == 0) axes.snis = some(random, values);
    if (random() % 2 == 0) axes.hosts = some(random, values);
    if (random() % 3 == 0) axes.placements = some(random, placements);
    axes.alpns = some(
        random, std::vector<AlpnOffer>{AlpnOffer::none, AlpnOffer::h1, AlpnOffer::h2, AlpnOffer::h2_only});
    axes.uses = some(random, std::vector<ConnectionUse>{ConnectionUse::fresh, ConnectionUse::reused});
    axes.resume = random() % 2 == 0;
    if (random() % 3 == 0) axes.partners = Partners{random() % 30, random() % 30};
    axes.client_certificates = some(random, std::vector<ClientCertificateIndex>{std::nullopt, 0, 1});
    std::vector<ProbeNode> nodes;
    for (unsigned i = 0; i < 1 + random() % 3; ++i) {
      ProbeNode node = https_node(fmt::format("192.0.2.{}:{}", i, 1 + random() % 65535),
                                  some_names(random() % 5 == 0 ? 27 : random() % 5));
      if (random() % 4 == 0) node.protocol = PortProtocol::http;
      if (random() % 8 == 0) node.protocol = PortProtocol::ftp;
      nodes.push_back(node);
    }
    const Plan plan(nodes, axes);
    const Walk seen = walk(plan);
    EXPECT_EQ(seen.connections.size(), plan.connections()) << "seed " << seed << " round " << round;
    EXPECT_EQ(seen.cells, plan.cells()) << "seed " << seed << " round " << round;

    std::set<std::string> once;
    for (const ConnectionQuestion& connection : seen.connections) {
      EXPECT_TRUE(connection.protocol != PortProtocol::http || !connection.sni);
      for (const RequestQuestion& request : connection.requests) {
        EXPECT_TRUE(is_meaningful(request.placement, connection.alpn));
        EXPECT_TRUE(request.placement == Placement::usual || request.spelling == Spelling::plain);
        EXPECT_TRUE(once.insert(connection.node.text() + line(connection, request)).second)
            << line(connection, request) << " round " << round;
      }
    }
  }
}

}  // namespace
}  // namespace astray::test
