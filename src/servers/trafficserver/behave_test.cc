// What Traffic Server answers where no real server is asked: what cannot be told, and later versions. Expected values are
// from its source at 9.2.9, 9.2.15 and 10.1.4 (SSLSNIConfig.cc, HttpSM.cc, UrlRewrite.cc, HttpSessionManager.cc).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "servers/model/behaviour.h"
#include "servers/trafficserver/host_field.h"
#include "servers/trafficserver/trafficserver.h"
#include "tls/fake_certificate_source.h"

namespace astray {
namespace {

constexpr Version debian{9, 2, 9}, mended_9{9, 2, 15}, before_10{10, 1, 3}, mended_10{10, 1, 4};

/// Files of a folder with their certificates, ready to be asked.
class TrafficServerAsked {
 public:
  explicit TrafficServerAsked(const std::map<std::string, std::string>& texts, Version version = debian) {
    files_.add("/e/records.config", "CONFIG proxy.config.http.server_ports STRING 443:ssl\n");
    files_.add("/e/records.yaml", "records: {http: {server_ports: \"443:ssl\"}}\n");
    files_.add("/e/ssl_multicert.config", "dest_ip=* ssl_cert_name=/multi.pem ssl_key_name=/multi.key\n");
    for (const auto& [name, text] : texts) files_.add("/e/" + name, text);
    certificates_.declare("/multi.pem", {"a.test", "b.test", "b.test.a.test", "*.w.test"});
    certificates_.declare_authorities("/ca.pem", {"CN=CA"});
    ReadOptions options{version, VersionBasis::given, "", {}, files_, certificates_};
    const char* main = version >= Version{10, 0, 0} ? "/e/records.yaml" : "/e/records.config";
    deployment_ = trafficserver_server.read(main, options).value();
    behaviour_ = trafficserver_server.behaviour(deployment_);
  }

  /// "a.test own-name", "403 name-differs-from-sni", "alert internal_error", "unknowable".
  std::string ask(std::optional<std::string> sni, const std::string& host) const {
    ConnectionFacts connection;
    if (sni) connection.sni = RawHost(*sni);
    connection.alpn = AlpnOffer::h2;
    RequestFacts request;
    request.pseudo_authority = RawHost(host);
    request.host_fields = {RawHost(host)};
    const Expected expected = behave(*behaviour_, ListenerId{0}, connection, request);
    if (expected.handshake.outcome == HandshakeOutcome::rejected) return fmt::format("alert {}", expected.handshake.alert);
    if (expected.answer.outcome == AnswerOutcome::unknowable) return "unknowable";
    const std::string_view reason = info(expected.answer.reason).id;
    if (expected.answer.status != 0 || expected.answer.outcome == AnswerOutcome::reject)
      return fmt::format("{} {}", expected.answer.status, reason);
    return fmt::format("{} {}", deployment_.virtual_host(expected.answer.virtual_host).label(), reason);
  }
  const Deployment& deployment() const { return deployment_; }

 private:
  MemoryFiles files_;
  FakeCertificateSource certificates_;
  Deployment deployment_;
  std::unique_ptr<Behaviour> behaviour_;
};

constexpr const char* two_names = "map https://a.test/ http://192.0.2.1/\nmap https://b.test/ http://192.0.2.2/\n";

TEST(TrafficServerBehaviour, ComparesTheHostsLengthUntilItWasMended) {
  const std::map<std::string, std::string> files = {
      {"remap.config", two_names},
      {"sni.yaml", "sni:\n- fqdn: b.test\n  verify_client: MODERATE\n  verify_client_ca_certs: /ca.pem\n"}};
  for (const Version& version : {debian, before_10})
    EXPECT_EQ(TrafficServerAsked(files, version).ask("b.test.a.test", "b.test"), "b.test coalesced") << version.text();
  for (const Version& version : {mended_9, mended_10})
    EXPECT_EQ(TrafficServerAsked(files, version).ask("b.test.a.test", "b.test"), "403 name-differs-from-sni") << version.text();
  for (const Version& version : {debian, mended_9, before_10, mended_10}) {
    const TrafficServerAsked asked(files, version);
    EXPECT_EQ(asked.ask("b.test", "B.TEST"), "b.test own-name");
    EXPECT_EQ(asked.ask("a.test", "b.test"), "403 name-differs-from-sni");
    EXPECT_EQ(asked.ask(std::nullopt, "b.test"), "403 sni-missing");
    EXPECT_EQ(asked.ask("b.test", "a.test"), "a.test coalesced");
  }
}

TEST(TrafficServerBehaviour, TakesWhatBeginsLikeAPatternUntilItWasMended) {
  const std::map<std::string, std::string> files = {
      {"remap.config", two_names}, {"sni.yaml", "sni:\n- fqdn: \"*.w.test\"\n  tunnel_route: 192.0.2.9:443\n"}};
  for (const Version& version : {debian, before_10})
    EXPECT_EQ(TrafficServerAsked(files, version).ask("x.w.test.a.test", "a.test"), "unknowable") << version.text();
  for (const Version& version : {mended_9, mended_10})
    EXPECT_EQ(TrafficServerAsked(files, version).ask("x.w.test.a.test", "a.test"), "a.test coalesced") << version.text();
}

TEST(TrafficServerBehaviour, LeavesOpenWhatTheConfigurationDoesNotTell) {
  const struct {
    const char* why;
    std::map<std::string, std::string> files;
    const char* sni;
    const char* host;
    const char* expected;
  } rows[] = {
      {"the client's address", {{"remap.config", two_names}, {"sni.yaml", "sni:\n- fqdn: b.test\n  ip_allow: 192.0.2.1\n"}}, "b.test", "b.test", "unknowable"},
      {"the client's address, by Host", {{"remap.config", two_names}, {"sni.yaml", "sni:\n- fqdn: b.test\n  ip_allow: 192.0.2.1\n"}}, "a.test", "b.test", "unknowable"},
      {"every address", {{"remap.config", two_names}, {"sni.yaml", "sni:\n- fqdn: b.test\n  ip_allow: 0.0.0.0/0\n"}}, "a.test", "b.test", "b.test coalesced"},
      {"a plugin", {{"remap.config", "map https://a.test/ http://192.0.2.1/ @plugin=header_rewrite.so @pparam=x\n"}}, "a.test", "a.test", "unknowable"},
      {"a harmless plugin", {{"remap.config", "map https://a.test/ http://192.0.2.1/ @plugin=cachekey.so\n"}}, "a.test", "a.test", "a.test own-name"},
      {"a global plugin", {{"remap.config", two_names}, {"plugin.config", "ts_lua.so x.lua\n"}}, "a.test", "a.test", "unknowable"},
      {"a filter by address", {{"remap.config", "map https://a.test/ http://192.0.2.1/ @src_ip=10.0.0.0-10.0.0.9 @action=allow\n"}}, "a.test", "a.test", "unknowable"},
      {"a forwarded stream", {{"remap.config", two_names}, {"sni.yaml", "sni:\n- fqdn: b.test\n  forward_route: 192.0.2.9:80\n"}}, "b.test", "b.test", "unknowable"},
      {"names without a rule", {{"remap.config", two_names}, {"records.config", "CONFIG proxy.config.http.server_ports STRING 443:ssl\nCONFIG proxy.config.url_remap.remap_required INT 0\n"}}, "a.test", "c.test", "unknowable"},
      {"no rule", {{"remap.config", two_names}}, "a.test", "c.test", "404 unowned"},
      {"where others are sent", {{"remap.config", two_names}, {"records.config", "CONFIG proxy.config.http.server_ports STRING 443:ssl\nCONFIG proxy.config.header.parse.no_host_url_redirect STRING https://a.test/\n"}}, "a.test", "c.test", "302 unowned"},
      {"the Referer", {{"remap.config", "map_with_referer https://a.test/ http://192.0.2.1/ default x\n"}}, "a.test", "a.test", "unknowable"},
      {"a certificate that is not read", {{"remap.config", two_names}, {"ssl_multicert.config", "ssl_cert_name=/absent.pem\ndest_ip=* ssl_cert_name=/multi.pem\n"}}, "a.test", "a.test", "unknowable"},
      {"only TLS 1.1", {{"remap.config", two_names}, {"sni.yaml", "sni:\n- fqdn: b.test\n  valid_tls_versions_in: [TLSv1_1]\n"}}, "b.test", "b.test", "alert protocol_version"},
  };
  for (const auto& row : rows) EXPECT_EQ(TrafficServerAsked(row.files).ask(row.sni, row.host), row.expected) << row.why;
}

TEST(TrafficServerBehaviour, DoesNotJudgeFiltersByMethodFrom10) {
  const std::map<std::string, std::string> files = {{"remap.config", "map https://a.test/ http://192.0.2.1/ @method=post @action=deny\n"}};
  EXPECT_EQ(TrafficServerAsked(files).ask("a.test", "a.test"), "a.test own-name");
  EXPECT_EQ(TrafficServerAsked(files, mended_10).ask("a.test", "a.test"), "unknowable");
}

TEST(TrafficServerBehaviour, EntriesAreForPortsFrom10) {
  const auto files = [](const char* ports) {
    return std::map<std::string, std::string>{
        {"remap.config", two_names},
        {"sni.yaml", fmt::format("sni:\n- fqdn: b.test\n  verify_client: STRICT\n  inbound_port_ranges: {}\n", ports)}};
  };
  EXPECT_EQ(TrafficServerAsked(files("440-450"), mended_10).ask("b.test", "b.test"), "alert certificate_required");
  EXPECT_EQ(TrafficServerAsked(files("8443"), mended_10).ask("b.test", "b.test"), "b.test own-name");
}

TEST(TrafficServerBehaviour, KeepsConnectionsToBacksByWhatIsConfigured) {
  const struct {
    const char* match;
    bool ignores_sni;
  } rows[] = {{"both", false}, {"host", false}, {"hostsni", false}, {"ip,sni", false}, {"ip,host", false}, {"ip", true}, {"hostonly", true}, {"ip,cert", true}};
  for (const auto& row : rows) {
    const TrafficServerAsked asked({{"remap.config", "map https://a.test/ https://192.0.2.1/\n"},
                                    {"records.config", fmt::format("CONFIG proxy.config.http.server_session_sharing.match STRING {}\n", row.match)}});
    EXPECT_EQ(asked.deployment().virtual_hosts.at(0).back_edges.at(0).pool_ignores_sni, row.ignores_sni) << row.match;
  }
}

TEST(TrafficServerHosts, AreReadLikeItsOwnParsers) {
  using trafficserver::parse_authority;
  using trafficserver::parse_host_field;
  const struct {
    const char* text;
    const char* field;      ///< "host port", "-": refused
    const char* authority;
  } rows[] = {
      {"a.test", "a.test 0", "a.test 0"},    {"a.test:99", "a.test 99", "a.test 99"}, {"a.test:", "-", "-"},
      {"[::1]:8", "[::1] 8", "[::1] 8"},     {"[::1]", "[::1] 0", "[::1] 0"},         {"user@a.test", "-", "a.test 0"},
      {"a.test/x", "-", "a.test 0"},         {"a.test:99999", "-", "a.test 99999"},   {"a b", "-", "-"},
      {"", "-", " 0"},                       {"a.test:x", "-", "a.test 0"},           {"a%20", "a%20 0", "a%20 0"},
  };
  const auto text = [](const std::optional<trafficserver::HostAndPort>& read) {
    return read ? fmt::format("{} {}", read->host, read->port) : std::string("-");
  };
  for (const auto& row : rows) {
    EXPECT_EQ(text(parse_host_field(row.text)), row.field) << row.text;
    EXPECT_EQ(text(parse_authority(row.text)), row.authority) << row.text;
  }
}

}  // namespace
}  // namespace astray
