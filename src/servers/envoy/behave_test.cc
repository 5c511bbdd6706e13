// What Envoy answers, by its sources: filter chains (listener_manager/filter_chain_manager_impl.cc), ALPN and
// certificates (common/tls/), the authority (common/http/conn_manager_impl.cc, conn_manager_utility.cc), virtual hosts
// and routes (common/router/config_impl.cc).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "servers/envoy/envoy.h"
#include "servers/model/behaviour.h"
#include "tls/fake_certificate_source.h"

namespace astray {
namespace {

constexpr std::string_view tls_type = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext";
constexpr std::string_view manager_type =
    "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

/// A chain with TLS in flow style. `match`, `common` and `manager` are further fields, each with a comma before it.
std::string envoy_chain(std::string_view match, std::string_view common, std::string_view virtual_hosts,
                        std::string_view manager = "", std::string_view context = "") {
  return fmt::format(
      "    - {{filter_chain_match: {{{0}}}, transport_socket: {{name: tls, typed_config: {{\"@type\": {1}{5}, "
      "common_tls_context: {{{2}}}}}}}, filters: [{{name: hcm, typed_config: {{\"@type\": {6}, "
      "route_config: {{virtual_hosts: [{3}]}}{4}}}}}]}}\n",
      match, tls_type, common, virtual_hosts, manager, context, manager_type);
}

constexpr std::string_view multi = "alpn_protocols: [h2, http/1.1], tls_certificates: [{certificate_chain: {filename: /multi.pem}}]";

std::string envoy_host(std::string_view domains, std::string_view routes = "{match: {prefix: /}, route: {cluster: c}}") {
  return fmt::format("{{name: h, domains: [{}], routes: [{}]}}", domains, routes);
}

class EnvoyAsked {
 public:
  explicit EnvoyAsked(const std::string& chains, std::string_view listener = "",
                      std::optional<Version> version = std::nullopt) {
    files_.add("/envoy.yaml",
               fmt::format("static_resources:\n  listeners:\n  - name: l\n    address: {{socket_address: {{address: "
                           "0.0.0.0, port_value: 443}}}}\n{}    filter_chains:\n{}  clusters:\n  - {{name: c, type: EDS}}\n",
                           listener, chains));
    certificates_.declare("/multi.pem", {"a.test", "b.test"});
    certificates_.declare("/a.pem", DeclaredCertificate{.names = {"a.test"}, .key_type = KeyType::rsa});
    certificates_.declare("/wild.pem", DeclaredCertificate{.names = {"*.w.test"}, .key_type = KeyType::ecdsa});
    certificates_.declare_authorities("/ca.pem", {"CN=CA"});
    certificates_.declare_authorities("/ca2.pem", {"CN=Other CA"});
    const ReadOptions options{version, VersionBasis::given, "", {}, files_, certificates_};
    deployment_ = envoy_server.read("/envoy.yaml", options).value();
    for (const ReadProblem& problem : deployment_.problems)
      EXPECT_NE(problem.severity, ReadProblem::Severity::error) << problem.message;
    behaviour_ = envoy_server.behaviour(deployment_);
  }

  /// "a.test own-name", "404 unowned", "alert - handshake-rejected", "unknowable".
  std::string ask(const ConnectionFacts& connection, const RequestFacts& request) const {
    const Expected expected = behave(*behaviour_, ListenerId{0}, connection, request);
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
    ConnectionFacts connection;
    if (sni) connection.sni = RawHost(std::move(*sni));
    connection.alpn = alpn;
    connection.local_port = Port(443);
    RequestFacts request;
    request.pseudo_authority = RawHost(std::move(authority));
    return ask(connection, request);
  }
  ExpectedHandshake handshake(std::optional<std::string> sni, AlpnOffer alpn = AlpnOffer::h2) const {
    ConnectionFacts connection;
    if (sni) connection.sni = RawHost(std::move(*sni));
    connection.alpn = alpn;
    return behaviour_->handshake(ListenerId{0}, connection);
  }
  std::string digest_of(const std::string& authorities) {
    return to_hex((*certificates_.load_authorities(authorities))->digest);
  }

 private:
  MemoryFiles files_;
  FakeCertificateSource certificates_;
  Deployment deployment_;
  std::unique_ptr<Behaviour> behaviour_;
};

// The whole of envoyproxy/envoy#6767 in one table.
TEST(EnvoyBehave, AConnectionStaysOnItsChain) {
  const EnvoyAsked envoy(envoy_chain("server_names: [a.test]", multi, envoy_host("a.test")) +
                         envoy_chain("server_names: [b.test]", multi, envoy_host("\"*\"")));
  EXPECT_EQ(envoy.ask("a.test", "a.test"), "a.test own-name");
  EXPECT_EQ(envoy.ask("A.TEST", "A.Test"), "a.test own-name");
  EXPECT_EQ(envoy.ask("a.test", "b.test"), "404 unowned");
  EXPECT_EQ(envoy.ask("b.test", "a.test"), "a.test default-virtual-host");  // the same routes: no harm
  EXPECT_EQ(envoy.ask("b.test", "b.test"), "b.test default-virtual-host");
  EXPECT_EQ(envoy.ask("c.test", "a.test"), "alert - handshake-rejected");
  EXPECT_EQ(envoy.ask(std::nullopt, "a.test"), "alert - sni-required");
}

TEST(EnvoyBehave, OtherRoutesAreAnotherVirtualHost) {
  const std::string redirects = envoy_host("\"*\"", "{match: {prefix: /}, redirect: {path_redirect: /x}}");
  const EnvoyAsked envoy(envoy_chain("server_names: [a.test]", multi, envoy_host("a.test, b.test")) +
                         envoy_chain("server_names: [b.test]", multi, redirects));
  EXPECT_EQ(envoy.ask("a.test", "b.test"), "a.test coalesced");
  EXPECT_EQ(envoy.ask("b.test", "b.test"), "301 default-virtual-host");
}

TEST(EnvoyBehave, TheDefaultChainTakesWhatNoChainTakes) {
  const std::string own = envoy_chain("server_names: [a.test]", multi, envoy_host("a.test"));
  const std::string rest = envoy_chain("", multi, envoy_host("\"*\"", "{match: {prefix: /}, direct_response: {status: 421}}"));
  const EnvoyAsked envoy(own, "    default_filter_chain:\n  " + rest.substr(0, 4) + "  " + rest.substr(6));
  EXPECT_EQ(envoy.ask("other.test", "a.test"), "421 unowned");
  EXPECT_EQ(envoy.ask("a.test", "other.test"), "404 unowned");
}

TEST(EnvoyBehave, PortsOfTheAuthority) {
  const std::string host = envoy_host("a.test, \"b.test:8443\"");
  const EnvoyAsked plain(envoy_chain("", multi, host));
  EXPECT_EQ(plain.ask("a.test", "a.test:443"), "404 unowned");
  EXPECT_EQ(plain.ask("a.test", "b.test:8443"), "a.test coalesced");
  EXPECT_EQ(plain.ask("a.test", "a.test."), "404 unowned");
  const EnvoyAsked matching(envoy_chain("", multi, host, ", strip_matching_host_port: true, strip_trailing_host_dot: true"));
  EXPECT_EQ(matching.ask("a.test", "a.test:443"), "a.test own-name");
  EXPECT_EQ(matching.ask("a.test", "a.test:8443"), "404 unowned");
  EXPECT_EQ(matching.ask("a.test", "a.test."), "a.test own-name");
  EXPECT_EQ(matching.ask("a.test", "a.test.:443"), "a.test own-name");
  const EnvoyAsked any(envoy_chain("", multi, host, ", strip_any_host_port: true"));
  EXPECT_EQ(any.ask("a.test", "a.test:8443"), "a.test own-name");
  EXPECT_EQ(any.ask("a.test", "b.test:8443"), "404 unowned");
}

TEST(EnvoyBehave, RoutesInTheirOrder) {
  const EnvoyAsked envoy(envoy_chain(
      "", multi,
      envoy_host("\"*.a.test\"",
                 "{match: {prefix: /api}, direct_response: {status: 500}}, "
                 "{match: {prefix: /, headers: [{name: x-tenant, string_match: {exact: y}}]}, direct_response: {status: 501}}, "
                 "{match: {path: /, headers: [{name: \":authority\", string_match: {prefix: \"one.\"}}]}, direct_response: {status: 421}}, "
                 "{match: {safe_regex: {regex: \"/.*\"}, headers: [{name: \":authority\", string_match: {safe_regex: {regex: \"two[.].*\"}}}]}, direct_response: {status: 200}}, "
                 "{match: {prefix: /, headers: [{name: \":authority\", string_match: {suffix: \"hree.a.test\"}, invert_match: true}]}, redirect: {response_code: FOUND}}") +
          ", " + envoy_host("b.test", "{match: {prefix: /, runtime_fraction: {default_value: {numerator: 1}}}, route: {cluster: c}}") +
          ", " + envoy_host("c.test", "{match: {prefix: /, headers: [{name: user-agent, string_match: {contains: x}}]}, route: {cluster: c}}") +
          ", " + envoy_host("d.test", "{match: {prefix: /, grpc: {}}, route: {cluster: c}}, {match: {prefix: /, query_parameters: [{name: q}]}, route: {cluster: c}}")));
  EXPECT_EQ(envoy.ask("x", "one.a.test"), "421 unowned");
  EXPECT_EQ(envoy.ask("x", "two.a.test"), "200 coalesced");
  EXPECT_EQ(envoy.ask("x", "three.a.test"), "404 unowned");
  EXPECT_EQ(envoy.ask("x", "four.a.test"), "302 coalesced");
  EXPECT_EQ(envoy.ask("x", "b.test"), "unknowable");
  EXPECT_EQ(envoy.ask("x", "c.test"), "unknowable");
  EXPECT_EQ(envoy.ask("x", "d.test"), "404 unowned");
}

TEST(EnvoyBehave, FiltersThatDecideAreUnknowable) {
  const auto with = [](std::string_view type, std::string_view more = "") {
    return EnvoyAsked(envoy_chain("", multi, envoy_host("a.test"),
                                  fmt::format(", http_filters: [{{name: f, typed_config: {{\"@type\": x/{}}}{}}}]", type, more)))
        .ask("a.test", "a.test");
  };
  for (const char* type : {"envoy.extensions.filters.http.lua.v3.Lua", "envoy.extensions.filters.http.rbac.v3.RBAC",
                           "envoy.extensions.filters.http.wasm.v3.Wasm",
                           "envoy.extensions.filters.http.ext_authz.v3.ExtAuthz",
                           "envoy.extensions.filters.http.golang.v3alpha.Config"})
    EXPECT_EQ(with(type), "unknowable") << type;
  EXPECT_EQ(with("envoy.extensions.filters.http.router.v3.Router"), "a.test own-name");
  EXPECT_EQ(with("envoy.extensions.filters.http.rbac.v3.RBAC", ", disabled: true"), "a.test own-name");
}

TEST(EnvoyBehave, ARequestWithoutAuthorityIsBad) {
  const EnvoyAsked envoy(envoy_chain("", multi, envoy_host("\"*\"")));
  ConnectionFacts connection;
  connection.sni = RawHost("a.test");
  EXPECT_EQ(envoy.ask(connection, RequestFacts{}), "400 authority-missing");
  RequestFacts two;
  two.host_fields = {RawHost("a.test"), RawHost("b.test")};
  EXPECT_EQ(envoy.ask(connection, two), "unknowable");
  RequestFacts absolute;
  absolute.host_fields = {RawHost("a.test")};
  absolute.target_authority = RawHost("b.test");
  EXPECT_EQ(envoy.ask(connection, absolute), "(unnamed) default-virtual-host");
}

TEST(EnvoyBehave, Protocols) {
  const EnvoyAsked both(envoy_chain("", multi, envoy_host("a.test")));
  EXPECT_EQ(both.handshake("a.test").protocol, Protocol::h2);
  EXPECT_EQ(both.handshake("a.test", AlpnOffer::h1).protocol, Protocol::h1);
  EXPECT_EQ(both.handshake("a.test", AlpnOffer::none).protocol, Protocol::h1);
  // Nothing in common is no error: ALPN is left out of the handshake.
  const EnvoyAsked h1(envoy_chain("", "alpn_protocols: [http/1.1], tls_certificates: [{certificate_chain: {filename: /a.pem}}]",
                                  envoy_host("a.test")));
  EXPECT_EQ(h1.handshake("a.test").protocol, Protocol::h1);
  EXPECT_EQ(h1.handshake("a.test", AlpnOffer::h2_only).reason, Reason::no_common_protocol);
  const EnvoyAsked by_alpn(envoy_chain("application_protocols: [h2]", multi, envoy_host("a.test")));
  EXPECT_EQ(by_alpn.handshake("a.test").outcome, HandshakeOutcome::ok);
  EXPECT_EQ(by_alpn.handshake("a.test", AlpnOffer::h1).outcome, HandshakeOutcome::rejected);
}

TEST(EnvoyBehave, CertificatesOfOneChain) {
  constexpr std::string_view several =
      "tls_certificates: [{certificate_chain: {filename: /a.pem}}, {certificate_chain: {filename: /wild.pem}}]";
  const auto path = [&](const EnvoyAsked& envoy, std::optional<std::string> sni) {
    return envoy.handshake(std::move(sni)).certificate->path;
  };
  const std::string chain = envoy_chain("", several, envoy_host("\"*\""));
  const EnvoyAsked now(chain);
  EXPECT_EQ(path(now, "a.test"), "/a.pem");
  EXPECT_EQ(path(now, "x.w.test"), "/wild.pem");
  EXPECT_EQ(path(now, "x.y.w.test"), "/a.pem");
  EXPECT_EQ(path(now, std::nullopt), "/a.pem");
  const EnvoyAsked before(chain, "", Version{1, 24, 0});
  EXPECT_EQ(path(before, "a.test"), "/wild.pem");
  const EnvoyAsked scan(envoy_chain("", several, envoy_host("\"*\""), "", ", full_scan_certs_on_sni_mismatch: true"));
  EXPECT_EQ(path(scan, "other.test"), "/wild.pem");
  EXPECT_EQ(path(scan, "a.test"), "/a.pem");
}

TEST(EnvoyBehave, ClientCertificates) {
  const std::string validated = std::string(multi) + ", validation_context: {trusted_ca: {filename: /ca.pem}}";
  EnvoyAsked required(envoy_chain("", validated, envoy_host("a.test"), "", ", require_client_certificate: true"));
  ConnectionFacts connection;
  connection.sni = RawHost("a.test");
  RequestFacts request;
  request.pseudo_authority = RawHost("a.test");
  EXPECT_EQ(required.ask(connection, request), "alert certificate_required client-certificate-required");
  connection.client_certificate = ClientCertificate{required.digest_of("/ca2.pem")};
  EXPECT_EQ(required.ask(connection, request), "alert unknown_ca client-certificate-untrusted");
  connection.client_certificate = ClientCertificate{required.digest_of("/ca.pem")};
  EXPECT_EQ(required.ask(connection, request), "a.test own-name");
  const EnvoyAsked optional(envoy_chain("", validated, envoy_host("a.test")));
  EXPECT_EQ(optional.ask("a.test", "a.test"), "a.test own-name");
  const EnvoyAsked named(envoy_chain("", std::string(multi) +
                                             ", validation_context: {trusted_ca: {filename: /ca.pem}, "
                                             "match_typed_subject_alt_names: [{san_type: DNS, matcher: {exact: x}}]}",
                                     envoy_host("a.test")));
  EXPECT_EQ(named.ask(connection, request), "unknowable");
}

TEST(EnvoyBehave, SourcesAreUnknowable) {
  const EnvoyAsked envoy(envoy_chain("source_prefix_ranges: [{address_prefix: 10.0.0.0, prefix_len: 8}]", multi, envoy_host("a.test")) +
                         envoy_chain("server_names: [b.test]", multi, envoy_host("b.test")));
  EXPECT_EQ(envoy.ask("a.test", "a.test"), "unknowable");
  EXPECT_EQ(envoy.ask("b.test", "b.test"), "b.test own-name");
}

TEST(EnvoyBehave, InClear) {
  const EnvoyAsked envoy(fmt::format(
      "    - {{filters: [{{name: hcm, typed_config: {{\"@type\": {}, route_config: {{virtual_hosts: [{{name: a, require_tls: "
      "ALL, domains: [a.test]}}, {}]}}}}}}]}}\n",
      manager_type, envoy_host("b.test")));
  ConnectionFacts clear;
  clear.scheme = Scheme::http;
  clear.alpn = AlpnOffer::none;
  RequestFacts request;
  request.host_fields = {RawHost("a.test")};
  EXPECT_EQ(envoy.ask(clear, request), "301 own-name");
  request.host_fields = {RawHost("b.test")};
  EXPECT_EQ(envoy.ask(clear, request), "b.test own-name");
  EXPECT_EQ(envoy.ask("a.test", "a.test"), "alert - scheme-mismatch");
}

}  // namespace
}  // namespace astray
