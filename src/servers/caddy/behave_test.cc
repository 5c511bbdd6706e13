// What Caddy answers where no real server is asked: what cannot be told, later versions, and parts on their own.
// Expected values are from Caddy's source at 2.6.2 and 2.11 (certmagic, caddytls, caddyhttp).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "servers/caddy/automatic_https.h"
#include "servers/caddy/caddy.h"
#include "servers/caddy/certificate_pool.h"
#include "servers/caddy/route_walk.h"
#include "servers/model/behaviour.h"
#include "tls/fake_certificate_source.h"

namespace astray {
namespace {

/// A Caddyfile with its certificates, ready to be asked.
class CaddyAsked {
 public:
  explicit CaddyAsked(std::string text, Version version = {2, 6, 2}, std::vector<std::string> defines = {}) {
    files_.add("/e/Caddyfile", std::move(text));
    certificates_.declare("/a.pem", {"a.test"});
    certificates_.declare("/multi.pem", {"a.test", "b.test", "*.w.test"});
    certificates_.declare_authorities("/ca.pem", {"CN=CA"});
    ReadOptions options{version, VersionBasis::given, "", std::move(defines), files_, certificates_};
    deployment_ = caddy_server.read("/e/Caddyfile", options).value();
    behaviour_ = caddy_server.behaviour(deployment_);
  }

  /// "a.test own-name", "421 name-differs-from-sni", "alert internal_error", "unknowable".
  std::string ask(std::optional<std::string> sni, const std::string& host, size_t listener = 0) const {
    ConnectionFacts connection;
    if (sni) connection.sni = RawHost(*sni);
    connection.alpn = AlpnOffer::h2;
    return answer_to(connection, host, listener);
  }
  std::string ask_in_clear(const std::string& host, size_t listener) const {
    ConnectionFacts connection;
    connection.scheme = Scheme::http;
    connection.alpn = AlpnOffer::none;
    return answer_to(connection, host, listener);
  }
  const Deployment& deployment() const { return deployment_; }

 private:
  std::string answer_to(const ConnectionFacts& connection, const std::string& host, size_t listener) const {
    RequestFacts request;
    if (connection.alpn == AlpnOffer::h2) request.pseudo_authority = RawHost(host);
    else request.host_fields = {RawHost(host)};
    const Expected expected = behave(*behaviour_, static_cast<ListenerId>(listener), connection, request);
    if (expected.handshake.outcome == HandshakeOutcome::rejected) return fmt::format("alert {}", expected.handshake.alert);
    if (expected.answer.outcome == AnswerOutcome::unknowable) return "unknowable";
    const std::string_view reason = info(expected.answer.reason).id;
    if (expected.answer.status != 0 || expected.answer.outcome == AnswerOutcome::reject)
      return fmt::format("{} {}", expected.answer.status, reason);
    return fmt::format("{} {}", deployment_.virtual_host(expected.answer.virtual_host).label(), reason);
  }

  MemoryFiles files_;
  FakeCertificateSource certificates_;
  Deployment deployment_;
  std::unique_ptr<Behaviour> behaviour_;
};

TEST(CaddyBehaviour, ManagesACertificateForEachName) {
  const CaddyAsked caddy("a.test, *.w.test {\n\trespond ok\n}\nb.test {\n\trespond ok\n}\n");
  EXPECT_EQ(caddy.ask("a.test", "a.test"), "a.test own-name");
  EXPECT_EQ(caddy.ask("x.w.test", "x.w.test"), "a.test own-name");
  EXPECT_EQ(caddy.ask("b.test", "a.test"), "a.test coalesced");
  EXPECT_EQ(caddy.ask("unknown.test", "a.test"), "alert internal_error");
  EXPECT_EQ(caddy.ask(std::nullopt, "a.test"), "alert internal_error");
}

TEST(CaddyBehaviour, RedirectsFromTheHttpPort) {
  const CaddyAsked caddy("a.test {\n\trespond ok\n}\nhttp://b.test {\n\trespond 404\n}\n");
  ASSERT_EQ(caddy.deployment().listeners.size(), 2U);
  const size_t plain = caddy.deployment().listeners[0].address.port == Port(80) ? 0 : 1;
  EXPECT_EQ(caddy.ask_in_clear("a.test", plain), "308 own-name");
  EXPECT_EQ(caddy.ask_in_clear("b.test", plain), "404 own-name");
  EXPECT_EQ(caddy.ask_in_clear("unknown.test", plain), "308 default-virtual-host");
}

TEST(CaddyBehaviour, FallsBackToACertificateSinceFallbackSni) {
  const CaddyAsked caddy("{\n\tauto_https off\n\tfallback_sni a.test\n}\nhttps://a.test {\n\ttls /a.pem /a.key\n\trespond ok\n}\n", {2, 8, 0});
  EXPECT_EQ(caddy.ask("unknown.test", "a.test"), "a.test coalesced");
}

/// caddyserver/caddy, modules/caddyhttp/staticresp.go: in error routes the error's status is the default, no more.
TEST(CaddyBehaviour, AnErrorHandlerMayStateAnotherStatus) {
  const auto with = [](const std::string& respond) {
    return CaddyAsked("{\n\tauto_https off\n\tservers {\n\t\tstrict_sni_host on\n\t}\n}\nhttps://a.test {\n\ttls /multi.pem /multi.key\n"
                      "\trespond ok\n\thandle_errors {\n\t\trespond " + respond + "\n\t}\n}\n")
        .ask("b.test", "a.test");
  };
  EXPECT_EQ(with("sorry"), "421 name-differs-from-sni");
  EXPECT_EQ(with("200"), "200 name-differs-from-sni");
  EXPECT_EQ(with("sorry 404"), "404 name-differs-from-sni");
}

/// Caddy 2.6.2 of Debian, asked for the protocol "http/1.1" where only "h2" is served and there is no certificate.
TEST(CaddyBehaviour, SeeksACertificateBeforeAProtocolInTls13) {
  const auto with = [](const std::string& versions, Version version) {
    const CaddyAsked caddy("{\n\tauto_https off\n\tservers {\n\t\tprotocols h1\n\t}\n}\nhttps://a.test {\n\ttls {\n\t\t" + versions +
                               "\n\t\talpn h2\n\t}\n\trespond ok\n}\n",
                           version);
    return caddy.ask("a.test", "a.test");
  };
  EXPECT_EQ(with("protocols tls1.2", {2, 6, 2}), "alert internal_error");
  EXPECT_EQ(with("protocols tls1.2 tls1.2", {2, 6, 2}), "alert no_application_protocol");
  EXPECT_EQ(with("protocols tls1.2", {2, 8, 0}), "alert no_application_protocol");
}

TEST(CaddyBehaviour, CannotTellWhatIsDecidedLive) {
  const CaddyAsked demand("https:// {\n\ttls {\n\t\ton_demand\n\t}\n\trespond ok\n}\n");
  EXPECT_EQ(demand.ask("any.test", "any.test"), "unknowable");
  EXPECT_EQ(demand.ask(std::nullopt, "any.test"), "alert internal_error");

  const std::string by_header =
      "{\n\tauto_https off\n}\nhttps://a.test {\n\ttls /a.pem /a.key\n\t@ws header Upgrade websocket\n\trespond @ws 403\n\trespond 404\n}\n"
      "https://b.test {\n\t@ws header Upgrade websocket\n\treverse_proxy @ws 127.0.0.1:1\n\treverse_proxy 127.0.0.1:2\n}\n";
  const CaddyAsked header(by_header);
  EXPECT_EQ(header.ask("a.test", "a.test"), "unknowable");
  EXPECT_EQ(header.ask("a.test", "b.test"), "b.test coalesced") << "both ways lead to the site's own answer";

  const CaddyAsked plugin("{\n\torder plugged before respond\n}\na.test {\n\tplugged\n\trespond ok\n}\n");
  EXPECT_EQ(plugin.ask("a.test", "a.test"), "unknowable");
}

TEST(CaddyBehaviour, TakesTheEnvironmentFromWhoKnowsIt) {
  const std::string text = "{$NAME:a.test} {\n\trespond {$STATUS}\n}\n";
  const CaddyAsked known(text, {2, 6, 2}, {"NAME=b.test", "STATUS=403"});
  EXPECT_EQ(known.ask("b.test", "b.test"), "403 own-name");
  const CaddyAsked unknown(text);
  EXPECT_EQ(unknown.ask("a.test", "a.test"), "unknowable") << "a default does not say what the environment holds";
}

TEST(CaddyBehaviour, EndsWithRoutesThatMultiply) {
  std::string text = "{\n\tauto_https off\n}\nhttp://a.test {\n";
  for (int i = 0; i < 200; ++i) text += fmt::format("\t@m{0} header X-{0} 1\n\trespond @m{0} {1}\n", i, 400 + i % 50);
  const CaddyAsked caddy(text + "}\n");
  EXPECT_EQ(caddy.ask_in_clear("a.test", 0), "unknowable");
}

TEST(CaddyHosts, AreCutAsGoCutsThem) {
  using namespace caddy;
  const struct {
    std::string_view authority, for_matching, for_comparing;
  } rows[] = {{"a.test", "a.test", "a.test"},      {"a.test:443", "a.test", "a.test"}, {"a.test:", "a.test", "a.test"},
              {"[::1]", "::1", "[::1]"},           {"[::1]:443", "::1", "::1"},        {"a:b:c", "a:b:c", "a:b:c"},
              {"", "", ""},                        {"[::1", "::1", "[::1"},            {":443", "", ""}};
  for (const auto& row : rows) {
    EXPECT_EQ(host_for_matching(row.authority), row.for_matching) << row.authority;
    EXPECT_EQ(host_without_port(row.authority), row.for_comparing) << row.authority;
  }
}

TEST(CaddyWildcards, ReplaceLabelsFromTheLeft) {
  EXPECT_EQ(caddy::wildcards_above("a.b.test"), (std::vector<std::string>{"*.b.test", "*.*.test", "*.*.*"}));
  EXPECT_EQ(caddy::wildcards_above("test"), std::vector<std::string>{"*"});
}

TEST(CaddyListen, IsCutIntoHostAndPorts) {
  using caddy::parse_listen;
  EXPECT_EQ(parse_listen(":443").host, "");
  EXPECT_EQ(parse_listen(":443").first_port, 443);
  EXPECT_EQ(parse_listen("[::1]:80-82").host, "::1");
  EXPECT_EQ(parse_listen("tcp/127.0.0.1:80-82").last_port, 82);
  EXPECT_TRUE(parse_listen("unix//run/x.sock").is_unix);
  EXPECT_FALSE(parse_listen("127.0.0.1").first_port);
  EXPECT_FALSE(parse_listen(":{env.PORT}").first_port);
}

}  // namespace
}  // namespace astray
