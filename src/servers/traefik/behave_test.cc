// What Traefik answers, by its sources: which TLS options a connection has (pkg/server/router/tcp/manager.go, router.go),
// certificates (pkg/tls/), the check of the router's options (pkg/middlewares/snicheck), routers (pkg/muxer/http/), and
// what Go does before (net/http/server.go, crypto/tls).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "servers/model/behaviour.h"
#include "servers/traefik/parts.h"
#include "servers/traefik/traefik.h"
#include "tls/fake_certificate_source.h"

namespace astray {
namespace {

constexpr std::string_view entry_points = "entryPoints:\n  websecure: {address: \":443\"}\n  web: {address: \":80\"}\n";

class TraefikAsked {
 public:
  /// `routers` and `rest` are in YAML; every router has the service s.
  explicit TraefikAsked(const std::string& routers, const std::string& rest = "", std::optional<Version> version = std::nullopt,
                        std::string_view head = entry_points) {
    files_.add("/t/traefik.yaml", fmt::format("{}http:\n  services:\n    s: {{loadBalancer: {{servers: [{{url: \"http://127.0.0.1:8080\"}}]}}}}\n"
                                              "  routers:\n{}{}",
                                              head, routers, rest));
    certificates_.declare("/t/multi.pem", {"a.test", "b.test", "*.w.test"});
    certificates_.declare_authorities("/t/ca.pem", {"CN=CA"});
    certificates_.declare_authorities("/t/ca2.pem", {"CN=Other CA"});
    const ReadOptions options{version, VersionBasis::given, "", {}, files_, certificates_};
    deployment_ = traefik_server.read("/t/traefik.yaml", options).value();
    behaviour_ = traefik_server.behaviour(deployment_);
  }

  /// "a@file own-name", "421 tls-policy-differs", "alert - handshake-rejected", "unknowable".
  std::string ask(const ConnectionFacts& connection, const RequestFacts& request, size_t listener = 0) const {
    const Expected expected = behave(*behaviour_, static_cast<ListenerId>(listener), connection, request);
    if (expected.handshake.outcome == HandshakeOutcome::rejected)
      return fmt::format("alert {} {}", expected.handshake.alert.empty() ? "-" : expected.handshake.alert,
                         to_string(expected.handshake.reason));
    if (expected.answer.outcome == AnswerOutcome::unknowable) return "unknowable";
    const std::string_view reason = to_string(expected.answer.reason);
    if (expected.answer.outcome == AnswerOutcome::serve && expected.answer.status == 0)
      return fmt::format("{} {}", deployment_.virtual_host(expected.answer.virtual_host).label(), reason);
    return fmt::format("{} {}", expected.answer.status, reason);
  }
  std::string ask(std::optional<std::string> sni, std::string authority, AlpnOffer alpn = AlpnOffer::h2) const {
    RequestFacts request;
    request.pseudo_authority = RawHost(std::move(authority));
    ConnectionFacts connection = connection_for(std::move(sni), alpn);
    if (alpn != AlpnOffer::h2 && alpn != AlpnOffer::h2_only) request.host_fields = {*request.pseudo_authority};
    return ask(connection, request);
  }
  std::string ask_in_clear(const std::string& host, size_t listener) const {
    ConnectionFacts connection;
    connection.scheme = Scheme::http;
    connection.alpn = AlpnOffer::none;
    RequestFacts request;
    request.host_fields = {RawHost(host)};
    return ask(connection, request, listener);
  }
  static ConnectionFacts connection_for(std::optional<std::string> sni, AlpnOffer alpn = AlpnOffer::h2) {
    ConnectionFacts connection;
    if (sni) connection.sni = RawHost(std::move(*sni));
    connection.alpn = alpn;
    return connection;
  }
  ExpectedHandshake handshake(std::optional<std::string> sni, AlpnOffer alpn = AlpnOffer::h2) const {
    return behaviour_->handshake(ListenerId{0}, connection_for(std::move(sni), alpn));
  }
  std::string digest_of(const std::string& authorities) { return to_hex((*certificates_.load_authorities(authorities))->digest); }
  const Deployment& deployment() const { return deployment_; }

 private:
  MemoryFiles files_;
  FakeCertificateSource certificates_;
  Deployment deployment_;
  std::unique_ptr<Behaviour> behaviour_;
};

std::string router(std::string_view name, std::string_view rule, std::string_view more = "tls: {}") {
  return fmt::format("    {}: {{rule: \"{}\", service: s, {}, entryPoints: [websecure]}}\n", name, rule, more);
}
const std::string a_b = router("a", "Host(`a.test`)") + router("b", "Host(`b.test`)");
constexpr std::string_view multi_certificate = "tls:\n  certificates: [{certFile: multi.pem, keyFile: multi.key}]\n";

TEST(TraefikBehave, EqualOptionsFollowTheHost) {
  const TraefikAsked traefik(a_b, std::string(multi_certificate));
  EXPECT_EQ(traefik.ask("a.test", "a.test"), "a@file own-name");
  EXPECT_EQ(traefik.ask("a.test", "b.test"), "b@file coalesced");
  EXPECT_EQ(traefik.ask("A.TEST", "B.test:443"), "b@file coalesced");
  EXPECT_EQ(traefik.ask("a.test", "b.test."), "b@file coalesced");
  EXPECT_EQ(traefik.ask("a.test", "c.test"), "404 unowned");
  EXPECT_EQ(traefik.ask("c.test", "a.test"), "a@file coalesced");
  EXPECT_EQ(traefik.ask(std::nullopt, "a.test"), "a@file coalesced");
  EXPECT_EQ(traefik.handshake("a.test").certificate->path, "/t/multi.pem");
  EXPECT_EQ(traefik.handshake("c.test").certificate->certificate, nullptr);
}

TEST(TraefikBehave, OptionsAreComparedByName) {
  const std::string rest = std::string(multi_certificate) + "  options: {one: {}, two: {}, clients: {clientAuth: {clientAuthType: RequestClientCert}}}\n";
  const TraefikAsked traefik(router("a", "Host(`a.test`)", "tls: {options: one}") + router("b", "Host(`b.test`)", "tls: {options: two}") +
                                 router("c", "Host(`c.test`)", "tls: {options: one@file}") + router("d", "Host(`d.test`)", "tls: {options: clients}"),
                             rest);
  EXPECT_EQ(traefik.ask("a.test", "b.test"), "421 tls-policy-differs");
  EXPECT_EQ(traefik.ask("a.test", "c.test"), "c@file coalesced");
  EXPECT_EQ(traefik.ask("a.test", "d.test"), "421 client-authentication-differs");
  EXPECT_EQ(traefik.ask(std::nullopt, "a.test"), "421 tls-policy-differs");
  EXPECT_EQ(traefik.ask("a.test", "nobody.test"), "404 unowned");
}

// Before routing, names were compared; a name of no router stands for "default".
TEST(TraefikBehave, OptionsOfTwoNamesUpToThreeSeven) {
  const std::string rest = std::string(multi_certificate) + "  options: {one: {}}\n";
  const std::string routers = router("a", "Host(`a.test`)", "tls: {options: one}") +
                              router("rest", "HostRegexp(`^.+[.]test$`)", "priority: 1, tls: {options: one}");
  const TraefikAsked before(routers, rest, Version{3, 7, 1});
  EXPECT_EQ(before.ask("a.test", "a.test"), "a@file own-name");
  EXPECT_EQ(before.ask("a.test", "nobody.example"), "421 tls-policy-differs");
  EXPECT_EQ(before.ask("a.test", "b.test"), "421 tls-policy-differs");
  EXPECT_EQ(before.ask("b.test", "b.test"), "rest@file own-name");
  const TraefikAsked now(routers, rest);
  EXPECT_EQ(now.ask("a.test", "nobody.example"), "404 unowned");
  EXPECT_EQ(now.ask("a.test", "b.test"), "421 tls-policy-differs");
  EXPECT_EQ(now.ask("b.test", "b.test"), "rest@file own-name");
}

// traefik/traefik#7385: the second router of the name has no options, so neither has any.
TEST(TraefikBehave, RoutersOfOneHostThatDisagreeHaveTheDefault) {
  const std::string rest = std::string(multi_certificate) + "  options: {one: {}}\n";
  const TraefikAsked traefik(router("a", "Host(`a.test`)", "tls: {options: one}") + router("a-path", "Host(`a.test`) && PathPrefix(`/x`)") +
                                 router("b", "Host(`b.test`)", "tls: {options: one}"),
                             rest);
  EXPECT_EQ(traefik.ask("a.test", "a.test"), "a@file own-name");
  EXPECT_EQ(traefik.ask("b.test", "a.test"), "421 tls-policy-differs");
  EXPECT_EQ(traefik.ask("nobody.test", "a.test"), "a@file coalesced");
  ASSERT_EQ(traefik.deployment().traefik->ambiguities.size(), 1U);
  EXPECT_EQ(traefik.deployment().traefik->ambiguities.front().host, "a.test");
}

// A router without Host that takes "/" of a name whose options are others answers none of its requests.
TEST(TraefikBehave, ARouterOfAnothersHostRefusesEveryRequest) {
  const TraefikAsked traefik(router("a", "Host(`a.test`) && PathPrefix(`/app`)", "tls: {options: one}") + router("rest", "PathPrefix(`/`)"),
                             std::string(multi_certificate) + "  options: {one: {}}\n");
  EXPECT_EQ(traefik.ask("a.test", "a.test"), "421 tls-policy-differs");
  EXPECT_EQ(traefik.ask("b.test", "a.test"), "rest@file default-virtual-host");
}

TEST(TraefikBehave, ReleasesThatRefusedTooMuch) {
  constexpr std::string_view head =
      "entryPoints:\n  websecure: {address: \":443\", http: {tls: {}}, transport: {keepAliveMaxRequests: 100}}\n";
  const std::string plain = "    a: {rule: Host(`a.test`), service: s}\n";
  const auto ask = [&](Version version) { return TraefikAsked(plain, "", version, head).ask("a.test", "a.test"); };
  EXPECT_EQ(ask({3, 7, 1}), "a@file own-name");
  EXPECT_EQ(ask({3, 7, 2}), "alert - handshake-rejected");  // options of the entry point came too late
  EXPECT_EQ(ask({3, 7, 3}), "421 tls-policy-differs");      // and were forgotten with limits of keep-alive
  EXPECT_EQ(ask({3, 7, 4}), "a@file own-name");
  EXPECT_EQ(ask({2, 11, 48}), "421 tls-policy-differs");
  EXPECT_EQ(ask({3, 6, 20}), "a@file own-name");
}

TEST(TraefikBehave, Priorities) {
  const TraefikAsked traefik(router("short", "Host(`a.test`)", "priority: 100, tls: {}") + router("long", "Host(`a.test`) || Host(`b.test`)") +
                             router("same1", "Host(`s.test`) || Host(`x.test`)") + router("same2", "Host(`s.test`) || Host(`y.test`)", "middlewares: [m], tls: {}"),
                             "  middlewares: {m: {redirectScheme: {scheme: http}}}\n");
  EXPECT_EQ(traefik.ask("a.test", "a.test"), "short@file own-name");
  EXPECT_EQ(traefik.ask("b.test", "b.test"), "long@file own-name");
  EXPECT_EQ(traefik.ask("s.test", "s.test"), "unknowable");
  EXPECT_EQ(traefik.ask("x.test", "x.test"), "same1@file own-name");
}

TEST(TraefikBehave, WhatCannotBeTold) {
  const TraefikAsked traefik(router("by-client", "Host(`a.test`) && ClientIP(`10.0.0.0/8`)") + router("b", "Host(`b.test`)") +
                             router("filled", "Host(`x.{{ env `D` }}`)") + router("agent", "Host(`c.test`) && Header(`User-Agent`, `x`)") +
                             router("absent", "Host(`d.test`) && Header(`X-Own`, `x`)"));
  EXPECT_EQ(traefik.ask("a.test", "a.test"), "unknowable");
  EXPECT_EQ(traefik.ask("b.test", "b.test"), "b@file own-name");
  EXPECT_EQ(traefik.ask("c.test", "c.test"), "unknowable");
  EXPECT_EQ(traefik.ask("d.test", "d.test"), "404 unowned");
}

TEST(TraefikBehave, Redirects) {
  const std::string middlewares =
      "  middlewares: {up: {redirectScheme: {scheme: https}}, moved: {redirectRegex: {regex: \"^https://a[.]\", replacement: x, permanent: true}}}\n";
  const TraefikAsked traefik(router("a", "Host(`a.test`)", "middlewares: [moved], tls: {}") + router("b", "Host(`b.test`)", "middlewares: [moved, up], tls: {}") +
                                 "    clear: {rule: Host(`a.test`), service: s, middlewares: [up], entryPoints: [web]}\n",
                             middlewares);
  EXPECT_EQ(traefik.ask("a.test", "a.test"), "301 own-name");
  EXPECT_EQ(traefik.ask("b.test", "b.test"), "b@file own-name");
  EXPECT_EQ(traefik.ask_in_clear("a.test", 1), "302 own-name");
  EXPECT_EQ(traefik.ask_in_clear("b.test", 1), "404 unowned");
  EXPECT_EQ(traefik.ask_in_clear("a.test", 0), "404 unowned");
}

TEST(TraefikBehave, StrictSniAsksForACertificate) {
  const TraefikAsked traefik(a_b + router("c", "Host(`c.test`)"), std::string(multi_certificate) + "  options: {default: {sniStrict: true}}\n");
  EXPECT_EQ(traefik.ask("a.test", "a.test"), "a@file own-name");
  EXPECT_EQ(traefik.ask("x.w.test", "a.test"), "a@file coalesced");
  EXPECT_EQ(traefik.ask("c.test", "c.test"), "alert unrecognized_name handshake-rejected");
  EXPECT_EQ(traefik.ask(std::nullopt, "a.test"), "alert unrecognized_name sni-required");
  EXPECT_EQ(traefik.ask("a.test.", "a.test"), "alert - handshake-rejected");
}

TEST(TraefikBehave, Protocols) {
  const auto with = [&](std::string_view alpn) {
    return TraefikAsked(a_b, std::string(multi_certificate) + fmt::format("  options: {{default: {{alpnProtocols: [{}]}}}}\n", alpn));
  };
  const TraefikAsked usual(a_b, std::string(multi_certificate));
  EXPECT_EQ(usual.handshake("a.test").protocol, Protocol::h2);
  EXPECT_EQ(usual.handshake("a.test", AlpnOffer::none).protocol, Protocol::h1);
  EXPECT_EQ(with("http/1.1, h2").handshake("a.test").protocol, Protocol::h1);
  EXPECT_EQ(with("http/1.1").handshake("a.test", AlpnOffer::h2_only).alert, "no_application_protocol");
  EXPECT_EQ(with("h2").handshake("a.test", AlpnOffer::h1).outcome, HandshakeOutcome::ok);
}

TEST(TraefikBehave, ClientCertificates) {
  const auto with = [](std::string_view client) {
    return TraefikAsked(a_b, std::string(multi_certificate) + fmt::format("  options: {{default: {{clientAuth: {{{}}}}}}}\n", client));
  };
  TraefikAsked required = with("caFiles: [ca.pem]");
  ConnectionFacts connection = TraefikAsked::connection_for("a.test");
  RequestFacts request;
  request.pseudo_authority = RawHost("a.test");
  EXPECT_EQ(required.ask(connection, request), "alert certificate_required client-certificate-required");
  connection.client_certificate = ClientCertificate{required.digest_of("/t/ca2.pem")};
  EXPECT_EQ(required.ask(connection, request), "alert unknown_ca client-certificate-untrusted");
  EXPECT_EQ(with("clientAuthType: RequireAnyClientCert").ask(connection, request), "a@file own-name");
  EXPECT_EQ(with("clientAuthType: RequestClientCert").ask(connection, request), "a@file own-name");
  connection.client_certificate = ClientCertificate{required.digest_of("/t/ca.pem")};
  EXPECT_EQ(required.ask(connection, request), "a@file own-name");
  EXPECT_EQ(with("caFiles: [ca.pem, ca2.pem]").ask(connection, request), "a@file own-name");
  EXPECT_EQ(with("caFiles: [ca.pem], clientAuthType: VerifyClientCertIfGiven").ask("a.test", "a.test"), "a@file own-name");
  EXPECT_EQ(with("clientAuthType: RequireAnyClientCert").ask("a.test", "a.test"), "alert certificate_required client-certificate-required");
  EXPECT_EQ(with("clientAuthType: VerifyClientCertIfGiven").ask("a.test", "a.test"), "alert - handshake-rejected");
}

// Of HTTPS routers with a Host, TCP routers, HTTPS routers without one, in this order.
TEST(TraefikBehave, TcpRouters) {
  const std::string tcp =
      "tcp:\n  services: {t: {loadBalancer: {servers: [{address: \"10.0.0.1:1\"}]}}}\n  routers:\n"
      "    through: {rule: \"HostSNI(`a.test`) || HostSNI(`t.test`)\", service: t, tls: {passthrough: true}, entryPoints: [websecure]}\n"
      "    ended: {rule: \"HostSNI(`e.test`)\", service: t, tls: {}, entryPoints: [websecure]}\n"
      "    rest: {rule: \"HostSNI(`*`)\", service: t, tls: {}, entryPoints: [websecure]}\n";
  const TraefikAsked traefik(a_b, tcp);
  EXPECT_EQ(traefik.ask("a.test", "b.test"), "b@file coalesced");
  EXPECT_EQ(traefik.ask("t.test", "a.test"), "unknowable");
  EXPECT_EQ(traefik.ask("e.test", "a.test"), "unknowable");
  EXPECT_EQ(traefik.ask("other.test", "a.test"), "unknowable");
  const TraefikAsked with_rest(a_b + router("paths", "PathPrefix(`/x`)"), tcp);
  EXPECT_EQ(with_rest.ask("other.test", "a.test"), "a@file coalesced");
  EXPECT_EQ(with_rest.ask("t.test", "a.test"), "unknowable");
}

TEST(TraefikBehave, WhatGoRefuses) {
  const TraefikAsked traefik(a_b);
  const ConnectionFacts connection = TraefikAsked::connection_for("a.test", AlpnOffer::h1);
  EXPECT_EQ(traefik.ask(connection, RequestFacts{}), "400 authority-missing");
  RequestFacts request;
  request.host_fields = {RawHost("a.test"), RawHost("a.test")};
  EXPECT_EQ(traefik.ask(connection, request), "400 authority-duplicated");
  request.host_fields = {RawHost("a b")};
  EXPECT_EQ(traefik.ask(connection, request), "400 authority-malformed");
  request.host_fields = {RawHost("a.test")};
  request.target_authority = RawHost("b.test");
  EXPECT_EQ(traefik.ask(connection, request), "b@file coalesced");
}

}  // namespace
}  // namespace astray
