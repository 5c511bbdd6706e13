#include "gateway/ownership/request_decision.h"

#include <gtest/gtest.h>

#include "gateway/configuration/check_configuration.h"
#include "gateway/configuration/read_configuration.h"
#include "gateway/ownership/common_names.h"
#include "gateway/ownership/handshake_choice.h"
#include "tls/fake_certificate_source.h"

namespace astray::gateway {
namespace {

/// Two addresses at one port, one virtual host at each and one at both.
constexpr const char* two_addresses = R"(
listeners:
  public: {address: "192.0.2.1:443", unknown_sni: default, default: www}
  inside: {address: "10.0.0.1:443"}
  moved: {address: "192.0.2.1:8443", public_port: 9443}
  clear: {address: "10.0.0.1:80", tls: false, cleartext: serve}
virtual_hosts:
  www:
    names: [www.test]
    listeners: [public]
    certificates: [{certificate: all.pem, key: all.key}]
    routes: [{backs: [app]}]
  admin:
    names: [admin.test]
    listeners: [inside, clear]
    certificates: [{certificate: all.pem, key: all.key}]
    routes: [{backs: [app]}]
  both:
    names: [both.test]
    listeners: [public, inside, moved]
    certificates: [{certificate: all.pem, key: all.key}]
    routes: [{backs: [app]}]
backs:
  app: {addresses: ["127.0.0.1:8080"]}
)";

class Decisions : public testing::Test {
 protected:
  Decisions() {
    certificates_.declare("all.pem", {"www.test", "admin.test", "both.test"});
    ReadConfiguration read = read_configuration(two_addresses, "");
    EXPECT_TRUE(read.problems.empty());
    configuration_ = std::move(read.configuration);
    EXPECT_FALSE(has_errors(check_configuration(configuration_, certificates_)));
    owners_ = owners_of(configuration_, certificates_).value();
  }

  const ListenerSettings& listener(std::string_view label) const {
    for (const ListenerSettings& each : configuration_.listeners)
      if (each.name.value.text == label) return each;
    return configuration_.listeners.front();
  }
  Decision decide(std::string_view label, std::string_view host, Peer peer = Peer::client) {
    const SchemePort at = scheme_and_port(listener(label));
    ConnectionFacts connection;
    connection.scheme = at.scheme;
    connection.local_port = at.port;
    connection.peer = peer;
    names_ = presented_names(configuration_.virtual_hosts.front(), certificates_);
    connection.certificate_names = names_;
    if (at.scheme == Scheme::https)
      connection.policy = policy_from_files(configuration_.virtual_hosts.front(), certificates_);
    const Asked asked{{at.scheme, Host::parse(host).value(), at.port}, AuthorityField::host, host};
    return decide_request(*owners_, &listener(label), UnownedSetting::misdirected, connection, asked);
  }
  std::string chosen(std::string_view label, std::optional<std::string_view> name) const {
    const HandshakeChoice choice(*owners_->table, configuration_, listener(label));
    const auto found = choice.choose(name).virtual_host;
    return found ? configuration_.virtual_hosts[*found].name.value.text : "refused";
  }

  FakeCertificateSource certificates_;
  Configuration configuration_;
  std::shared_ptr<const Owners> owners_;
  std::vector<CertificateName> names_;
};

TEST_F(Decisions, AVirtualHostIsServedByItsOwnListenersAlone) {
  const struct {
    const char* listener;
    const char* host;
    Answer answer;
    Reason reason;
  } rows[] = {{"public", "www.test", Answer::serve, Reason::coalesced},
              {"public", "both.test", Answer::serve, Reason::coalesced},
              {"inside", "both.test", Answer::serve, Reason::coalesced},
              // Its name leads to the other address, where a fresh connection is answered.
              {"public", "admin.test", Answer::misdirected, Reason::more_specific_listener},
              {"inside", "www.test", Answer::misdirected, Reason::more_specific_listener},
              {"inside", "admin.test", Answer::serve, Reason::coalesced},
              {"moved", "both.test", Answer::serve, Reason::coalesced},
              {"moved", "www.test", Answer::misdirected, Reason::unowned},
              {"clear", "admin.test", Answer::serve, Reason::own_name},
              {"clear", "www.test", Answer::misdirected, Reason::unowned}};
  for (const auto& row : rows) {
    const Decision decision = decide(row.listener, row.host);
    EXPECT_EQ(decision.verdict.answer, row.answer) << row.listener << " " << row.host;
    EXPECT_EQ(decision.verdict.reason, row.reason) << row.listener << " " << row.host;
  }
}

TEST_F(Decisions, ATrustedGatewayHasChosenTheListenerItself) {
  EXPECT_EQ(decide("public", "admin.test", Peer::trusted_gateway).verdict.reason, Reason::trusted_gateway);
}

TEST_F(Decisions, HandshakesOfAMovedPortFindItsNames) {
  EXPECT_EQ(chosen("moved", "both.test"), "both");
  EXPECT_EQ(chosen("moved", "www.test"), "refused");
  EXPECT_EQ(chosen("inside", "admin.test"), "admin");
  EXPECT_EQ(chosen("public", "admin.test"), "www");  // unknown there
  EXPECT_EQ(chosen("public", std::nullopt), "refused");
  EXPECT_EQ(chosen("public", "a\xc3\xa4.test"), "refused");
  EXPECT_EQ(chosen("public", ""), "refused");
}

TEST(CommonNames, AreWhatEveryCertificateCovers) {
  const Certificate wildcard = make_certificate({.names = {"*.x.test", "y.test", "192.0.2.1"}});
  const Certificate exact = make_certificate({.names = {"a.x.test", "y.test", "z.test"}});
  const auto texts = [](std::vector<const Certificate*> certificates) {
    std::vector<std::string> all;
    for (const CertificateName& name : common_names(certificates)) all.push_back(name.text());
    return all;
  };
  EXPECT_EQ(texts({&wildcard, &exact}), (std::vector<std::string>{"a.x.test", "y.test"}));
  EXPECT_EQ(texts({&exact}), (std::vector<std::string>{"a.x.test", "y.test", "z.test"}));
  EXPECT_TRUE(texts({}).empty());
}

TEST(CommonNames, AVirtualHostMayClaimWhatItsCertificatesCoverInTwoWays) {
  FakeCertificateSource certificates;
  certificates.declare("ecdsa.pem", DeclaredCertificate{.names = {"*.x.test"}});
  certificates.declare("rsa.pem", DeclaredCertificate{.names = {"a.x.test"}, .key_type = KeyType::rsa});
  ReadConfiguration read = read_configuration(R"(
listeners:
  https: {address: "192.0.2.1:443"}
virtual_hosts:
  a:
    names: [a.x.test]
    certificates: [{certificate: ecdsa.pem, key: e}, {certificate: rsa.pem, key: r}]
    routes: [{backs: [app]}]
backs:
  app: {addresses: ["127.0.0.1:8080"]}
)",
                                              "");
  EXPECT_FALSE(has_errors(check_configuration(read.configuration, certificates)));
  EXPECT_TRUE(owners_of(read.configuration, certificates));
}

}  // namespace
}  // namespace astray::gateway
