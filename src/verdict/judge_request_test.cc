#include "verdict/judge_request.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace astray::judge_request_test {
namespace {

constexpr PolicyDigest open_policy{0, 1};
constexpr PolicyDigest mutual_policy{7, 1};
constexpr PolicyDigest other_mutual_policy{8, 1};
constexpr PolicyDigest old_tls_policy{0, 2};

std::vector<CertificateName> names(std::initializer_list<std::string_view> texts) {
  std::vector<CertificateName> list;
  for (std::string_view text : texts) {
    auto ip = IpAddress::parse(text);
    list.push_back(ip ? CertificateName::address(*ip) : CertificateName::parse_dns(text).value());
  }
  return list;
}

Origin origin(std::string_view text) {
  return Origin::parse(text).value();
}

/// A connection for a.example that served it, to be spoiled by each case.
struct World {
  std::vector<CertificateName> certificate = names({"a.example", "b.example", "192.0.2.1"});
  ConnectionFacts connection = [] {
    ConnectionFacts facts;
    facts.local_port = Port(443);
    facts.sni = RawHost("a.example");
    facts.protocol = Protocol::h2;
    facts.policy = open_policy;
    return facts;
  }();
  std::string asked = "https://b.example";
  Ownership owner = {.claim = Claim::by_name, .policy = open_policy};

  Verdict judge() {
    connection.certificate_names = certificate;
    owner.certificate_names = certificate;
    Asked a{origin(asked), AuthorityField::pseudo_authority, asked};
    return judge_request(connection, a, owner);
  }
};

struct Case {
  std::string name;
  void (*change)(World&);
  Answer answer;
  Reason reason;
};

class RequestCase : public testing::TestWithParam<Case> {};

TEST_P(RequestCase, IsAnswered) {
  World world;
  GetParam().change(world);
  Verdict verdict = world.judge();
  EXPECT_EQ(verdict.answer, GetParam().answer) << describe(verdict);
  EXPECT_EQ(to_string(verdict.reason), to_string(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    JudgeRequest, RequestCase,
    testing::Values(
        // Served.
        Case{"another_name_of_the_certificate", [](World&) {}, Answer::serve, Reason::coalesced},
        Case{"the_own_name", [](World& w) { w.asked = "https://a.example"; }, Answer::serve,
             Reason::own_name},
        Case{"sni_in_capitals_with_a_dot",
             [](World& w) {
               w.asked = "https://a.example";
               w.connection.sni = RawHost("A.Example.");
             },
             Answer::serve, Reason::own_name},
        Case{"sni_with_u_label",
             [](World& w) {
               w.certificate = names({"xn--bcher-kva.example"});
               w.asked = "https://xn--bcher-kva.example";
               w.connection.sni = RawHost(
                   "b\xc3\xbc"
                   "cher.example");
             },
             Answer::serve, Reason::own_name},
        Case{"an_address_cannot_be_an_sni",
             [](World& w) {
               w.asked = "https://192.0.2.1";
               w.connection.sni.reset();
             },
             Answer::serve, Reason::own_name},
        Case{"a_protected_address_needs_no_sni",
             [](World& w) {
               w.asked = "https://192.0.2.1";
               w.connection.sni.reset();
               w.connection.policy = w.owner.policy = mutual_policy;
             },
             Answer::serve, Reason::own_name},
        Case{"no_sni_for_an_open_name", [](World& w) { w.connection.sni.reset(); }, Answer::serve,
             Reason::coalesced},
        Case{"equal_client_authentication",
             [](World& w) { w.connection.policy = w.owner.policy = mutual_policy; }, Answer::serve,
             Reason::coalesced},
        Case{"nobody_claims_it_but_the_default_does", [](World& w) { w.owner.claim = Claim::by_default; },
             Answer::serve, Reason::default_virtual_host},
        Case{"in_clear",
             [](World& w) {
               w.asked = "http://b.example";
               w.connection = ConnectionFacts{.scheme = Scheme::http, .local_port = Port(80)};
               w.owner.policy = {};
             },
             Answer::serve, Reason::own_name},
        Case{"port_of_the_connection_unknown",
             [](World& w) {
               w.connection.local_port.reset();
               w.asked = "https://b.example:8443";
             },
             Answer::serve, Reason::coalesced},
        // A trusted gateway: RFC 9110 §7.4 excepts it; its connection says nothing about the client's.
        Case{"trusted_gateway_in_clear",
             [](World& w) {
               w.connection = ConnectionFacts{.scheme = Scheme::http, .local_port = Port(8080)};
               w.connection.peer = Peer::trusted_gateway;
               w.owner.policy = mutual_policy;
             },
             Answer::serve, Reason::trusted_gateway},
        Case{"trusted_gateway_and_nobody_owns_it",
             [](World& w) {
               w.connection.peer = Peer::trusted_gateway;
               w.owner.claim = Claim::no_one;
             },
             Answer::misdirected, Reason::unowned},
        Case{"trusted_gateway_has_no_listener_to_go_to",
             [](World& w) {
               w.connection.peer = Peer::trusted_gateway;
               w.owner = {.claim = Claim::no_one, .listener = {5}, .if_unowned = UnownedAnswer::not_found};
             },
             Answer::not_found, Reason::unowned},
        // Nobody owns it.
        Case{"unowned", [](World& w) { w.owner.claim = Claim::no_one; }, Answer::misdirected,
             Reason::unowned},
        Case{"unowned_404",
             [](World& w) { w.owner = {.claim = Claim::no_one, .if_unowned = UnownedAnswer::not_found}; },
             Answer::not_found, Reason::unowned},
        Case{"unowned_and_uncovered_is_unowned",
             [](World& w) {
               w.owner.claim = Claim::no_one;
               w.certificate = names({"a.example"});
             },
             Answer::misdirected, Reason::unowned},
        Case{"unowned_404_is_for_the_other_listener_to_say",
             [](World& w) {
               w.owner = {.claim = Claim::no_one, .listener = {5}, .if_unowned = UnownedAnswer::not_found};
             },
             Answer::misdirected, Reason::more_specific_listener},
        Case{"unowned_421_of_another_listener_promises_nothing",
             [](World& w) { w.owner = {.claim = Claim::no_one, .listener = {5}}; }, Answer::misdirected,
             Reason::unowned},
        Case{"nobody_can_say", [](World& w) { w.owner.claim = Claim::unknowable; }, Answer::could_not_tell,
             Reason::configuration_unknowable},
        // Misdirected.
        Case{"http_over_tls", [](World& w) { w.asked = "http://b.example"; }, Answer::misdirected,
             Reason::scheme_mismatch},
        Case{"https_in_clear",
             [](World& w) { w.connection = ConnectionFacts{.scheme = Scheme::http, .local_port = Port(80)}; },
             Answer::misdirected, Reason::scheme_mismatch},
        Case{"another_port", [](World& w) { w.asked = "https://b.example:8443"; }, Answer::misdirected,
             Reason::port_differs},
        Case{"the_default_port_on_another", [](World& w) { w.connection.local_port = Port(8443); },
             Answer::misdirected, Reason::port_differs},
        Case{"not_in_the_certificate", [](World& w) { w.certificate = names({"a.example"}); },
             Answer::misdirected, Reason::certificate_gap},
        Case{"two_labels_under_a_wildcard",
             [](World& w) {
               w.certificate = names({"*.example"});
               w.asked = "https://x.b.example";
             },
             Answer::misdirected, Reason::certificate_gap},
        Case{"no_names_in_the_certificate", [](World& w) { w.certificate.clear(); }, Answer::misdirected,
             Reason::certificate_gap},
        Case{"an_address_is_no_name",
             [](World& w) {
               w.certificate = names({"a.example", "b.example"});
               w.asked = "https://192.0.2.1";
             },
             Answer::misdirected, Reason::certificate_gap},
        Case{"no_sni_for_a_protected_name",
             [](World& w) {
               w.connection.sni.reset();
               w.owner.policy = mutual_policy;
             },
             Answer::misdirected, Reason::sni_missing},
        Case{"no_sni_for_a_protected_name_even_if_equal",
             [](World& w) {
               w.connection.sni.reset();
               w.connection.policy = w.owner.policy = mutual_policy;
             },
             Answer::misdirected, Reason::sni_missing},
        Case{"asks_clients_for_certificates", [](World& w) { w.owner.policy = mutual_policy; },
             Answer::misdirected, Reason::client_authentication_differs},
        Case{"asked_the_client_and_the_authority_does_not",
             [](World& w) { w.connection.policy = mutual_policy; }, Answer::misdirected,
             Reason::client_authentication_differs},
        Case{"another_ca",
             [](World& w) {
               w.connection.policy = mutual_policy;
               w.owner.policy = other_mutual_policy;
             },
             Answer::misdirected, Reason::client_authentication_differs},
        Case{"other_tls_settings", [](World& w) { w.owner.policy = old_tls_policy; }, Answer::misdirected,
             Reason::tls_policy_differs},
        Case{"another_listener", [](World& w) { w.owner.listener = {5}; }, Answer::misdirected,
             Reason::more_specific_listener},
        Case{"h2_off", [](World& w) { w.owner.protocols = ProtocolSet::of(Protocol::h1); },
             Answer::misdirected, Reason::protocol_off},
        // The order, where several apply.
        Case{"gap_before_policy",
             [](World& w) {
               w.certificate = names({"a.example"});
               w.owner.policy = mutual_policy;
             },
             Answer::misdirected, Reason::certificate_gap},
        Case{"client_authentication_before_tls",
             [](World& w) {
               w.owner.policy = {7, 2};
             },
             Answer::misdirected, Reason::client_authentication_differs},
        Case{"port_before_gap",
             [](World& w) {
               w.certificate.clear();
               w.asked = "https://b.example:8443";
             },
             Answer::misdirected, Reason::port_differs},
        Case{"policy_before_protocol",
             [](World& w) {
               w.owner.policy = old_tls_policy;
               w.owner.protocols = ProtocolSet::of(Protocol::h1);
             },
             Answer::misdirected, Reason::tls_policy_differs}),
    [](const auto& test) { return test.param.name; });

TEST(JudgeRequest, ShowsWhatDiffered) {
  World world;
  world.owner.policy = mutual_policy;
  Verdict verdict = world.judge();
  EXPECT_EQ(verdict.evidence.sni, "a.example");
  EXPECT_EQ(verdict.evidence.authority, "https://b.example");
  EXPECT_EQ(verdict.evidence.handshake_policy, open_policy);
  EXPECT_EQ(verdict.evidence.owner_policy, mutual_policy);
  EXPECT_EQ(
      describe(verdict),
      "421 misdirected (client-authentication-differs): the authority's virtual host asks for other client "
      "authentication than this handshake did (SNI a.example, :authority https://b.example, client "
      "authentication 0000000000000000 in the handshake, 0000000000000007 for the authority)");
}

TEST(JudgeRequest, ShowsPortsAndMissingSni) {
  World world;
  world.asked = "https://b.example:8443";
  world.connection.sni.reset();
  EXPECT_EQ(
      describe(world.judge()),
      "421 misdirected (port-differs): the authority's port is not the port of this connection (no SNI, "
      ":authority https://b.example:8443, port 8443 asked on port 443)");
}

TEST(JudgeRequest, AllThreeStepsAskTheTableForTheOrigin) {
  World world;
  world.connection.certificate_names = world.certificate;
  RequestFacts request;
  request.pseudo_authority = RawHost("B.example.");
  std::string looked_up;
  auto find_owner = [&](const Origin& asked) {
    looked_up = asked.text();
    return world.owner;
  };
  EXPECT_EQ(judge_request(world.connection, request, find_owner).reason, Reason::coalesced);
  EXPECT_EQ(looked_up, "https://b.example");

  looked_up.clear();
  request.host_fields.emplace_back("c.example");
  EXPECT_EQ(judge_request(world.connection, request, find_owner).reason, Reason::authority_host_conflict);
  EXPECT_EQ(looked_up, "");
}

TEST(KeepsPromise, NeedsACertificateAndAProtocol) {
  auto covering = names({"*.example"});
  auto other = names({"other.example"});
  Origin asked = origin("https://b.example");
  Ownership owner{.claim = Claim::by_name, .certificate_names = covering};
  EXPECT_EQ(keeps_promise(asked, owner), std::nullopt);
  owner.certificate_names = other;
  EXPECT_EQ(keeps_promise(asked, owner), Reason::certificate_gap);
  EXPECT_EQ(keeps_promise(origin("http://b.example"), owner), std::nullopt);
  owner.certificate_names = covering;
  owner.protocols = {};
  EXPECT_EQ(keeps_promise(asked, owner), Reason::protocol_off);
  owner.claim = Claim::no_one;
  EXPECT_EQ(keeps_promise(asked, owner), std::nullopt);
}

}  // namespace
}  // namespace astray::judge_request_test
