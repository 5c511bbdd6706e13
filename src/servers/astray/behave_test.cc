// What the gateway answers, by its rules as docs/gateway-configuration.md has them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "servers/astray/astray.h"
#include "servers/model/behaviour.h"
#include "tls/fake_certificate_source.h"

namespace astray {
namespace {

/// A configuration with its certificates, ready to be asked on its first listener.
class GatewayAsked {
 public:
  explicit GatewayAsked(std::string yaml) {
    files_.add("/gateway.yaml", std::move(yaml));
    certificates_.declare("/multi.pem", {"a.test", "b.test", "c.test", "*.w.test", "gone.test"});
    certificates_.declare("/own.pem", {"own.test"});
    certificates_.declare("/address.pem", {"a.test", "192.0.2.1"});
    certificates_.declare_authorities("/ca.pem", {"CN=CA"});
    certificates_.declare_authorities("/ca2.pem", {"CN=Other CA"});
    ReadOptions options{std::nullopt, VersionBasis::given, "", {}, files_, certificates_};
    deployment_ = astray_server.read("/gateway.yaml", options).value();
    for (const ReadProblem& problem : deployment_.problems)
      EXPECT_NE(problem.severity, ReadProblem::Severity::error) << problem.message;
    behaviour_ = astray_server.behaviour(deployment_);
  }

  /// "421 certificate-gap", "a.test own-name", "alert unrecognized_name", "308 own-name".
  std::string ask(const ConnectionFacts& connection, const RequestFacts& request,
                  ListenerId listener = ListenerId{0}) const {
    const Expected expected = behave(*behaviour_, listener, connection, request);
    const ExpectedHandshake& handshake = expected.handshake;
    if (handshake.outcome == HandshakeOutcome::rejected)
      return fmt::format("alert {} {}", handshake.alert, reason_id(handshake.reason));
    if (expected.answer.outcome == AnswerOutcome::unknowable) return "unknowable";
    if (expected.answer.outcome == AnswerOutcome::serve && expected.answer.status == 0)
      return fmt::format("{} {}", deployment_.virtual_host(expected.answer.virtual_host).label(),
                         reason_id(expected.answer.reason));
    return fmt::format("{} {}", expected.answer.status, reason_id(expected.answer.reason));
  }
  std::string digest_of(const std::string& authorities) {
    return to_hex((*certificates_.load_authorities(authorities))->digest);
  }
  const Deployment& deployment() const { return deployment_; }
  const Behaviour& behaviour() const { return *behaviour_; }

 private:
  static std::string_view reason_id(Reason reason) { return info(reason).id; }

  MemoryFiles files_;
  FakeCertificateSource certificates_;
  Deployment deployment_;
  std::unique_ptr<Behaviour> behaviour_;
};

std::string own_host(std::string_view label, std::string_view names, std::string_view more = "",
                     std::string_view certificate = "multi") {
  return fmt::format(
      "  {0}: {{names: [{1}], certificates: [{{certificate: /{3}.pem, key: /{3}.key}}], routes: [{{backs: "
      "[app]}}]{2}}}\n",
      label, names, more, certificate);
}

std::string own_gateway_of(std::string_view virtual_hosts, std::string_view listener = "",
                           std::string_view more_listeners = "") {
  return fmt::format(
      "listeners:\n  https: {{address: \"127.0.0.1:443\"{}}}\n{}virtual_hosts:\n{}backs:\n  app: "
      "{{addresses: "
      "[\"127.0.0.1:8080\"]}}\n",
      listener, more_listeners, virtual_hosts);
}

ConnectionFacts over_tls(std::optional<std::string> sni, AlpnOffer alpn = AlpnOffer::h2) {
  ConnectionFacts connection;
  if (sni) connection.sni = RawHost(std::move(*sni));
  connection.alpn = alpn;
  connection.local_port = Port(443);
  return connection;
}

RequestFacts asks_for(std::string authority) {
  RequestFacts request;
  request.scheme = Scheme::https;
  request.pseudo_authority = RawHost(std::move(authority));
  return request;
}

RequestFacts asks_in_host(std::string host) {
  RequestFacts request;
  request.host_fields.emplace_back(std::move(host));
  return request;
}

struct AskedRow {
  std::optional<std::string> sni;
  std::string authority;
  std::string said;
};

void expect_rows(const GatewayAsked& gateway, const std::vector<AskedRow>& rows) {
  for (const AskedRow& row : rows)
    EXPECT_EQ(gateway.ask(over_tls(row.sni), asks_for(row.authority)), row.said)
        << row.sni.value_or("(none)") << " -> " << row.authority;
}

TEST(GatewayBehaves, CoalescesWhatOneCertificateCoversUnderOnePolicy) {
  GatewayAsked gateway(own_gateway_of(own_host("a", "a.test") + own_host("b", "b.test") +
                                      own_host("own", "own.test", "", "own")));
  expect_rows(gateway, {{"a.test", "a.test", "a.test own-name"},
                        {"A.TEST", "a.TEST.", "a.test own-name"},
                        {"a.test", "a.test:443", "a.test own-name"},
                        {"a.test", "b.test", "b.test coalesced"},
                        {"a.test", "own.test", "421 certificate-gap"},
                        {"own.test", "a.test", "421 certificate-gap"},
                        {"a.test", "a.test:8443", "421 unowned"},
                        {"a.test", "nobody.test", "421 unowned"},
                        {"a.test", "gone.test", "421 unowned"},
                        {"a.test", "a..test", "400 authority-malformed"},
                        {"a.test", "", "400 authority-missing"},
                        {"nobody.test", "a.test", "alert unrecognized_name sni-required"},
                        {"a..test", "a.test", "alert unrecognized_name handshake-rejected"},
                        {std::nullopt, "a.test", "alert unrecognized_name sni-required"}});
}

TEST(GatewayBehaves, ReadsEverySpellingOfAConflict) {
  GatewayAsked gateway(own_gateway_of(own_host("a", "a.test, b.test")));
  RequestFacts request = asks_in_host("b.test");
  request.target_authority = RawHost("a.test");
  EXPECT_EQ(gateway.ask(over_tls("a.test", AlpnOffer::h1), request), "400 authority-target-conflict");
  request = asks_in_host("A.test:443");
  request.target_authority = RawHost("a.test");
  EXPECT_EQ(gateway.ask(over_tls("a.test", AlpnOffer::h1), request), "a.test own-name");
  request = asks_for("a.test");
  request.host_fields.emplace_back("b.test");
  EXPECT_EQ(gateway.ask(over_tls("a.test"), request), "400 authority-host-conflict");
  request = asks_in_host("a.test");
  request.host_fields.emplace_back("a.test");
  EXPECT_EQ(gateway.ask(over_tls("a.test", AlpnOffer::h1), request), "400 authority-duplicated");
}

TEST(GatewayBehaves, TakesUnknownAndMissingSniToTheDefault) {
  const std::string hosts = own_host("a", "a.test") + own_host("b", "b.test");
  GatewayAsked unknown(own_gateway_of(hosts, ", unknown_sni: default, default: a"));
  expect_rows(unknown, {{"nobody.test", "a.test", "a.test coalesced"},
                        {"nobody.test", "nobody.test", "421 unowned"},
                        {std::nullopt, "a.test", "alert unrecognized_name sni-required"}});
  GatewayAsked missing(own_gateway_of(hosts, ", missing_sni: default, default: a"));
  expect_rows(missing, {{"nobody.test", "a.test", "alert unrecognized_name sni-required"},
                        {std::nullopt, "b.test", "b.test coalesced"}});
}

TEST(GatewayBehaves, ReachesAnAddressWithoutSni) {
  GatewayAsked gateway(own_gateway_of(own_host("a", "a.test, 192.0.2.1", "", "address"),
                                      ", missing_sni: default, default: a"));
  expect_rows(gateway,
              {{std::nullopt, "192.0.2.1", "a.test own-name"}, {"a.test", "192.0.2.1", "a.test coalesced"}});
}

TEST(GatewayBehaves, WildcardsReachAnyDepthThatTheCertificateCovers) {
  GatewayAsked gateway(
      own_gateway_of(own_host("w", "\"*.w.test\"") + own_host("exact", "a.test") +
                     own_host("lab", "\"*.lab.test\"", ", certificate_need_not_cover_names: true")));
  expect_rows(gateway, {{"x.w.test", "x.w.test", "*.w.test own-name"},
                        {"x.w.test", "y.w.test", "*.w.test coalesced"},
                        {"x.y.w.test", "x.w.test", "*.w.test coalesced"},
                        // Claimed at any depth, but a promise only where the certificate covers it.
                        {"x.w.test", "x.y.w.test", "421 unowned"},
                        {"x.w.test", "w.test", "421 unowned"},
                        {"w.test", "w.test", "alert unrecognized_name sni-required"},
                        // A laboratory's names are owned, and no certificate covers them.
                        {"x.lab.test", "x.lab.test", "421 certificate-gap"}});
}

TEST(GatewayBehaves, KeepsClientAuthenticationApart) {
  const std::string required = ", client_authentication: {mode: required, authorities: /ca.pem}";
  GatewayAsked gateway(own_gateway_of(
      own_host("a", "a.test") + own_host("b", "b.test", required) + own_host("c", "c.test", required) +
          own_host("w", "\"*.w.test\"", ", client_authentication: {mode: optional, authorities: /ca2.pem}"),
      ", missing_sni: default, default: b"));
  const auto ask = [&](std::optional<std::string> sni, std::string authority, const std::string& holds) {
    ConnectionFacts connection = over_tls(std::move(sni));
    if (!holds.empty()) connection.client_certificate = ClientCertificate{gateway.digest_of(holds)};
    return gateway.ask(connection, asks_for(std::move(authority)));
  };
  EXPECT_EQ(ask("a.test", "b.test", "/ca.pem"), "421 client-authentication-differs");
  EXPECT_EQ(ask("b.test", "b.test", ""), "alert certificate_required client-certificate-required");
  EXPECT_EQ(ask("b.test", "b.test", "/ca2.pem"), "alert unknown_ca client-certificate-untrusted");
  EXPECT_EQ(ask("b.test", "b.test", "/ca.pem"), "b.test own-name");
  EXPECT_EQ(ask("b.test", "c.test", "/ca.pem"), "c.test coalesced");
  EXPECT_EQ(ask("b.test", "a.test", "/ca.pem"), "421 client-authentication-differs");
  EXPECT_EQ(ask("x.w.test", "x.w.test", ""), "*.w.test own-name");
  EXPECT_EQ(ask("x.w.test", "x.w.test", "/ca.pem"), "alert unknown_ca client-certificate-untrusted");
  EXPECT_EQ(ask(std::nullopt, "b.test", "/ca.pem"), "421 sni-missing");
}

TEST(GatewayBehaves, RefusesClientsInTheWordsOfTheirTlsVersion) {
  GatewayAsked gateway(own_gateway_of(
      own_host("a", "a.test",
               ", client_authentication: {mode: required, authorities: /ca.pem}, tls: {maximum: TLSv1.2}")));
  expect_rows(gateway, {{"a.test", "a.test", "alert handshake_failure client-certificate-required"}});
}

TEST(GatewayBehaves, KeepsTlsPoliciesListenersAndProtocolsApart) {
  GatewayAsked gateway(own_gateway_of(own_host("a", "a.test") +
                                      own_host("b", "b.test", ", tls: {minimum: TLSv1.3}") +
                                      own_host("c", "c.test", ", coalesce: never") +
                                      own_host("w", "\"*.w.test\"", ", protocols: [http/1.1]")));
  expect_rows(gateway, {{"a.test", "b.test", "421 tls-policy-differs"},
                        {"b.test", "a.test", "421 tls-policy-differs"},
                        {"a.test", "c.test", "421 more-specific-listener"},
                        {"c.test", "a.test", "421 more-specific-listener"},
                        {"c.test", "c.test", "c.test own-name"},
                        {"a.test", "x.w.test", "421 protocol-off"}});
  EXPECT_EQ(gateway.ask(over_tls("x.w.test"), asks_in_host("a.test")), "a.test coalesced");
  EXPECT_EQ(gateway.ask(over_tls("x.w.test", AlpnOffer::h2_only), asks_for("x.w.test")),
            "alert no_application_protocol no-common-protocol");
}

TEST(GatewayBehaves, AnswersWhatNobodyOwnsAsTheConnectionsVirtualHostSays) {
  GatewayAsked gateway(own_gateway_of(own_host("a", "a.test", ", unowned: 404") +
                                      own_host("b", "b.test", ", unowned: close") + own_host("c", "c.test")));
  expect_rows(gateway, {{"a.test", "nobody.test", "404 unowned"},
                        {"b.test", "nobody.test", "0 unowned"},
                        {"c.test", "nobody.test", "421 unowned"}});
}

TEST(GatewayBehaves, SaysInClearWhatTheListenerIsTold) {
  const auto in_clear = [](std::string_view cleartext, std::string host) {
    GatewayAsked gateway(own_gateway_of(
        own_host("a", "a.test") + own_host("b", "b.test", ", listeners: [https, http]") +
            own_host("c", "c.test", ", listeners: [http]"),
        "", fmt::format("  http: {{address: \"127.0.0.1:80\", tls: false, cleartext: {}}}\n", cleartext)));
    ConnectionFacts connection;
    connection.scheme = Scheme::http;
    connection.local_port = Port(80);
    connection.alpn = AlpnOffer::none;
    return gateway.ask(connection, asks_in_host(std::move(host)), ListenerId{1});
  };
  EXPECT_EQ(in_clear("redirect", "a.test"), "308 own-name");
  EXPECT_EQ(in_clear("redirect", "b.test"), "308 own-name");
  EXPECT_EQ(in_clear("redirect", "c.test"), "c.test own-name");
  EXPECT_EQ(in_clear("redirect", "nobody.test"), "421 unowned");
  EXPECT_EQ(in_clear("serve", "a.test"), "421 unowned");
  EXPECT_EQ(in_clear("serve", "b.test"), "b.test own-name");
  EXPECT_EQ(in_clear("\"421\"", "a.test"), "421 scheme-mismatch");
  EXPECT_EQ(in_clear("\"421\"", "c.test"), "c.test own-name");
  EXPECT_EQ(in_clear("redirect", ""), "400 authority-missing");
}

TEST(GatewayBehaves, GivesARequestForTheRootWhatItsRoutesSay) {
  const auto with_routes = [](std::string_view routes) {
    GatewayAsked gateway(fmt::format(
        "listeners:\n  https: {{address: \"127.0.0.1:443\"}}\nvirtual_hosts:\n  a:\n    names: [a.test]\n    "
        "certificates: [{{certificate: /multi.pem, key: /multi.key}}]\n    routes: [{}]\nbacks:\n  app: "
        "{{addresses: [\"127.0.0.1:8080\"]}}\n",
        routes));
    return gateway.ask(over_tls("a.test"), asks_for("a.test"));
  };
  EXPECT_EQ(with_routes("{backs: [app]}"), "a.test own-name");
  EXPECT_EQ(with_routes("{match: {prefix: /api}, backs: [app]}"), "404 own-name");
  EXPECT_EQ(with_routes("{redirect: {status: 302, path: /new}}"), "302 own-name");
}

TEST(GatewayBehaves, AnotherPublicPortIsThePortOfItsNames) {
  GatewayAsked gateway(own_gateway_of(own_host("a", "a.test"), ", public_port: 8443"));
  EXPECT_EQ(gateway.deployment().listeners.front().address.port, Port(443));
  EXPECT_EQ(gateway.deployment().listeners.front().named_port(), Port(8443));
  expect_rows(gateway, {{"a.test", "a.test:8443", "a.test own-name"}, {"a.test", "a.test", "421 unowned"}});
}

TEST(GatewayBehaves, FindsWhoseANameIs) {
  GatewayAsked gateway(own_gateway_of(own_host("a", "a.test") + own_host("w", "\"*.w.test\"")));
  const auto find = [&](std::string_view name) {
    const Behaviour::Lookup found = gateway.behaviour().find_virtual_host(ListenerId{0}, name);
    return std::pair(found.virtual_host, found.match);
  };
  EXPECT_EQ(find("a.test"), std::pair(VirtualHostId{0}, NameMatch::exact));
  EXPECT_EQ(find("x.y.w.test"), std::pair(VirtualHostId{1}, NameMatch::wildcard));
  EXPECT_EQ(find("nobody.test"), std::pair(VirtualHostId::none, NameMatch::default_host));
  EXPECT_EQ(find("not a name"), std::pair(VirtualHostId::none, NameMatch::default_host));
}

TEST(GatewayBehaves, SaysWhichLineOwnsAName) {
  GatewayAsked gateway(own_gateway_of(own_host("a", "a.test") + own_host("w", "a.w.test, \"*.w.test\"")));
  const auto place_of = [&](std::string authority) {
    return behave(gateway.behaviour(), ListenerId{0}, over_tls("a.test"), asks_for(std::move(authority)))
        .answer.source;
  };
  EXPECT_EQ(place_of("a.test").line, 4u);
  EXPECT_EQ(place_of("b.w.test").line, 5u);
  EXPECT_GT(place_of("b.w.test").column, place_of("a.w.test").column);
}

TEST(GatewayBehaves, CannotTellOfAConfigurationThatDoesNotStart) {
  MemoryFiles files;
  FakeCertificateSource certificates;  // the certificate is missing
  files.add("/gateway.yaml", own_gateway_of(own_host("a", "a.test")));
  ReadOptions options{std::nullopt, VersionBasis::given, "", {}, files, certificates};
  const Deployment deployment = astray_server.read("/gateway.yaml", options).value();
  ASSERT_FALSE(deployment.problems.empty());
  EXPECT_EQ(deployment.virtual_hosts.size(), 1u);
  const auto behaviour = astray_server.behaviour(deployment);
  const Expected expected = behave(*behaviour, ListenerId{0}, over_tls("a.test"), asks_for("a.test"));
  EXPECT_EQ(expected.handshake.outcome, HandshakeOutcome::unknowable);
  EXPECT_EQ(expected.answer.outcome, AnswerOutcome::unknowable);
  EXPECT_EQ(behaviour->find_virtual_host(ListenerId{0}, "a.test").virtual_host, VirtualHostId::none);
}

// The table of the conformance test HTTPRouteHTTPSListenerDetectMisdirectedRequests, with the configuration
// that docs/gateway-configuration.md gives for listeners of the Gateway API.
TEST(GatewayBehaves, AsTheGatewayApiWants) {
  MemoryFiles files;
  FakeCertificateSource certificates;
  certificates.declare("/all.pem", {"example.org", "second-example.org", "*.wildcard.org"});
  const auto host = [](std::string_view label, std::string_view names, std::string_view more) {
    return fmt::format(
        "  {}: {{names: [{}], certificates: [{{certificate: /all.pem, key: /all.key}}], coalesce: never, "
        "routes: [{{backs: [app]}}]{}}}\n",
        label, names, more);
  };
  files.add("/gateway.yaml", own_gateway_of(host("everything", "example.org", ", unowned: 404") +
                                                host("second", "second-example.org", "") +
                                                host("wildcard", "\"*.wildcard.org\"", "") +
                                                host("fourth", "fourth-example.wildcard.org", ""),
                                            ", unknown_sni: default, default: everything"));
  ReadOptions options{std::nullopt, VersionBasis::given, "", {}, files, certificates};
  const Deployment deployment = astray_server.read("/gateway.yaml", options).value();
  ASSERT_TRUE(deployment.problems.empty()) << deployment.problems.front().message;
  const auto behaviour = astray_server.behaviour(deployment);
  const struct {
    const char* sni;
    const char* authority;
    int status;  ///< 0: served
  } rows[] = {{"example.org", "example.org", 0},
              {"example.org", "second-example.org", 421},
              {"example.org", "unknown-example.org", 404},
              {"second-example.org", "second-example.org", 0},
              {"second-example.org", "example.org", 421},
              {"second-example.org", "unknown-example.org", 421},
              {"third-example.wildcard.org", "third-example.wildcard.org", 0},
              {"third-example.wildcard.org", "fith-example.wildcard.org", 0},
              {"third-example.wildcard.org", "fourth-example.wildcard.org", 421},
              {"third-example.wildcard.org", "second-example.org", 421},
              {"third-example.wildcard.org", "unknown-example.org", 421},
              {"fourth-example.wildcard.org", "fourth-example.wildcard.org", 0},
              {"fourth-example.wildcard.org", "fith-example.wildcard.org", 421},
              {"unknown-example.org", "example.org", 0},
              {"unknown-example.org", "unknown-example.org", 404}};
  for (const auto& row : rows) {
    const Expected expected = behave(*behaviour, ListenerId{0}, over_tls(row.sni), asks_for(row.authority));
    EXPECT_EQ(expected.handshake.outcome, HandshakeOutcome::ok) << row.sni;
    EXPECT_EQ(expected.answer.status, row.status) << row.sni << " -> " << row.authority;
    EXPECT_EQ(expected.answer.outcome, row.status == 0 ? AnswerOutcome::serve : AnswerOutcome::reject);
  }
}

}  // namespace
}  // namespace astray
