// Traefik's own public test tables, told again as our data: rules (pkg/muxer/http/mux_test.go, matcher_test.go,
// matcher_v2_test.go; pkg/muxer/tcp/mux_test.go, matcher_test.go), resolution of TLS options
// (pkg/server/aggregator_test.go), certificates (pkg/tls/certificate_store_test.go) and domain fronting
// (integration/https_test.go with its fixtures).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/ascii.h"
#include "servers/traefik/read.h"
#include "servers/traefik/rule_match.h"
#include "servers/traefik/traefik.h"
#include "tls/fake_certificate_source.h"

namespace astray {
namespace {

using traefik::Layer;
using traefik::Syntax;

/// "refused", or which of the requests are taken: each as HOST, HOST/path; of TCP as SNI, SNI|protocol.
std::string taken(std::string_view rule_text, Layer layer, Syntax syntax, const std::vector<std::string>& asked) {
  const auto rule = traefik::parse_rule(rule_text, layer);
  if (!rule || !traefik::refusal(*rule, layer, syntax, traefik::newest).empty()) return "refused";
  traefik::Expressions expressions;
  expressions.compile(*rule, syntax);
  std::string all;
  for (const std::string& each : asked) {
    traefik::Asked question;
    const size_t cut = each.find_first_of("/|");
    question.name = ascii_lower(each.substr(0, cut));
    if (cut != std::string::npos && each[cut] == '/') question.path = std::string_view(each).substr(cut);
    for (size_t at = cut; at != std::string::npos && each[at] == '|'; at = each.find('|', at + 1))
      question.alpn.push_back(std::string_view(each).substr(at + 1, each.find('|', at + 1) - at - 1));
    if (traefik::fits(*rule, question, {syntax, true}, expressions).value_or(false)) all += (all.empty() ? "" : " ") + each;
  }
  return all;
}

TEST(TraefikTables, RulesOfHttp) {
  const std::vector<std::string> asked = {"example.com/css", "example.com/js", "example.org/css", "example.org/js", "example.eu/css"};
  const struct {
    std::string_view rule, taken;
  } rows[] = {
      {"", "refused"},
      {"rulewithnotmatcher", "refused"},
      {"Host(example.com)", "refused"},
      {"Host()", "refused"},
      {"Host(``)", "refused"},
      {"Host(`🦭.com`)", "refused"},
      {"Host(`example.com`, `example.org`)", "refused"},
      {"Host(`example.com`) || Host(`example.org`)", "example.com/css example.com/js example.org/css example.org/js"},
      {R"(Host("example.com") || (Host("example.org") && Path("/css")))", "example.com/css example.com/js example.org/css"},
      {R"(Host("example.com") || Host("example.org") && Path("/css"))", "example.com/css example.com/js example.org/css"},
      {R"((Host("example.com") || Host("example.org")) && Path("/css"))", "example.com/css example.org/css"},
      {R"((Host("example.com") && Path("/js")) || ((Host("example.org")) && Path("/css")))", "example.com/js example.org/css"},
      {R"(PATHPREFIX("/css"))", "example.com/css example.org/css example.eu/css"},
      {R"(pathprefix("/css"))", "example.com/css example.org/css example.eu/css"},
      {R"(Pathprefix("/css"))", "example.com/css example.org/css example.eu/css"},
      {R"(pathPrefix("/css"))", "refused"},
      {R"(!Host("example.com"))", "example.org/css example.org/js example.eu/css"},
      {R"(!(Host("example.com") || Host("example.org")))", "example.eu/css"},
      {R"(!(Host("example.com") && Path("/css")))", "example.com/js example.org/css example.org/js example.eu/css"},
      {R"(!(Host("example.com") && !Path("/css")))", "example.com/css example.org/css example.org/js example.eu/css"},
      {R"(!Host("example.com") || !Path("/css"))", "example.com/js example.org/css example.org/js example.eu/css"},
      {R"(!(!(Host("example.com") && Pathprefix("/css"))))", "example.com/css"},
      {R"(!Host("example.com") && Pathprefix("/css"))", "example.org/css example.eu/css"},
      {"Path(`css`)", "refused"},
      {"HostHeader(`example.com`)", "refused"},
      {"Host(`example.com`) &&", "refused"},
      {"Host(`example.com`)\n&& Path(`/css`)", "refused"},
      {"Host(`example.com`) &&\nPath(`/css`)", "example.com/css"},
  };
  for (const auto& row : rows) EXPECT_EQ(taken(row.rule, Layer::http, Syntax::v3, asked), row.taken) << row.rule;
}

TEST(TraefikTables, HostsOfRules) {
  const struct {
    Syntax syntax;
    std::string_view rule;
    std::vector<std::string> asked;
    std::string_view taken;
  } rows[] = {
      {Syntax::v3, "Host(`127.0.0.1`)", {"127.0.0.1"}, "127.0.0.1"},
      {Syntax::v3, "Host(`10::10`)", {"10::10"}, "10::10"},
      {Syntax::v3, "Host(`example.com.`)", {"example.com", "example.com.", "example.org", "example.org."}, "example.com example.com."},
      {Syntax::v3, "Host(`example.com`)", {"example.com.", "EXAMPLE.com"}, "example.com. EXAMPLE.com"},
      {Syntax::v3, "Host(`EXAMPLE.COM`)", {"example.com", "example.org"}, "example.com"},
      {Syntax::v3, "Host(`xn--9t9h.com`)", {"xn--9t9h.com", "example.com"}, "xn--9t9h.com"},
      {Syntax::v3,
       "Host(`*.example.com`)",
       {"test.example.com", "other.example.com", "example.com", "test.otherexample.com", "a.b.example.com"},
       "test.example.com other.example.com"},
      {Syntax::v3, "Host(`*`)", {"test.example.com", "localhost"}, "test.example.com localhost"},
      {Syntax::v3, "HostRegexp(`^[a-zA-Z-]+\\.com$`)", {"example.com", "example.org"}, "example.com"},
      {Syntax::v3, "HostRegexp(`^[A-Z]+\\.com$`)", {"example.com"}, ""},
      {Syntax::v3, "HostRegexp(`^(?!a)`)", {"example.com"}, "refused"},
      {Syntax::v2, "Host(`example.com`, `example.org`)", {"example.com", "example.org", "example.eu"}, "example.com example.org"},
      {Syntax::v2, "HostHeader(`example.com`)", {"example.com", "example.org"}, "example.com"},
      {Syntax::v2, "HostRegexp()", {}, "refused"},
      {Syntax::v2, "HostRegexp(`🦭.com`)", {}, "refused"},
      {Syntax::v2, "HostRegexp(`(example.com`)", {"example.com"}, ""},
      {Syntax::v2, "HostRegexp(`example.com`, `example.org`)", {"example.com", "example.org"}, "example.com example.org"},
      {Syntax::v2, "HostRegexp(`^[A-Z]+\\.com$`)", {"example.com"}, ""},
      {Syntax::v2, "HostRegexp(`{domain:[a-zA-Z-]+\\.com}`)", {"example.com", "example.org"}, "example.com"},
      {Syntax::v2, "HostRegexp(`{sub}.example.com`)", {"a.example.com", "a.b.example.com"}, "a.example.com"},
      {Syntax::v2, "Header(`a`, `b`)", {}, "refused"},
  };
  for (const auto& row : rows) EXPECT_EQ(taken(row.rule, Layer::http, row.syntax, row.asked), row.taken) << row.rule;
}

TEST(TraefikTables, RulesOfTcp) {
  const struct {
    std::string_view rule;
    std::vector<std::string> asked;
    std::string_view taken;
  } rows[] = {
      {"HostSNI(``)", {}, "refused"},
      {"HostSNI(`example.com`, `example.org`)", {}, "refused"},
      {"HostSNI(`🦭.com`)", {}, "refused"},
      {"HostSNI(`*.*.example.com`)", {}, "refused"},
      {"ALPN(`acme-tls/1`)", {}, "refused"},
      {"HostSNI(`example.org`)", {"example.org", "example.com"}, "example.org"},
      {"!HostSNI(`example.com`)", {"example.org", "example.com"}, "example.org"},
      {"hostsni(`example.org`)", {"example.org"}, "example.org"},
      {"HOSTSNI(`example.org`)", {"example.org"}, "example.org"},
      {"HostSNI(`xn--9t9h.com`)", {"xn--9t9h.com"}, "xn--9t9h.com"},
      {"HostSNI(`*`)", {"example.com", ""}, "example.com "},
      {"HostSNI(`example.com.`)", {"example.com"}, "example.com"},
      {"HostSNI(`foo_bar.example.com`)", {"foo_bar.example.com"}, "foo_bar.example.com"},
      {"HostSNI(`*.example.com`)", {"foo.example.com", "example.com"}, "foo.example.com"},
      {"HostSNI(`example.org`) || HostSNI(`example.eu`) || HostSNI(`example.com`)", {"example.org", "baz"}, "example.org"},
      {"HostSNI(`example.org`) && ClientIP(`10.0.0.1`)", {"example.com"}, ""},
      {"HostSNI(`example.org`) || ClientIP(`10.0.0.1`)", {"example.org"}, "example.org"},
      {"ALPN(`h2c`) && (!ALPN(`h2`) || HostSNI(`example.eu`))", {"example.eu|h2c|mqtt"}, "example.eu|h2c|mqtt"},
      {"ALPN(`h2c`) && (!ALPN(`h2`) || HostSNI(`example.eu`))", {"example.com|h2c|http/1.1|h2"}, ""},
      {"ALPN(`h2c`) && (!ALPN(`h2`) || HostSNI(`example.eu`))", {"example.com|h2c|http/1.1"}, "example.com|h2c|http/1.1"},
      {"ALPN(`h2c`) && (!ALPN(`h2`) || HostSNI(`example.eu`))", {"example.com|http/1.1|mqtt"}, ""},
      {"HostSNI(`127.0.0.1`)", {"127.0.0.1"}, "127.0.0.1"},
      {"HostSNI(`10::10`)", {"10::10"}, "10::10"},
  };
  for (const auto& row : rows) EXPECT_EQ(taken(row.rule, Layer::tcp, Syntax::v3, row.asked), row.taken) << row.rule;
}

/// One Traefik by its file, asked over TLS.
class TraefikRun {
 public:
  explicit TraefikRun(const std::string& text, std::optional<Version> version = std::nullopt) {
    files_.add("/t/traefik.toml", text);
    certificates_.declare("/t/wild.pem", {"*.www.snitest.com"});
    certificates_.declare("/t/exact.pem", {"app.example.test"});
    certificates_.declare("/t/both.pem", {"*.app.example.test", "app.example.test"});
    certificates_.declare("/t/star.pem", {"*.example.test"});
    const ReadOptions options{version, VersionBasis::given, "", {}, files_, certificates_};
    deployment_ = traefik_server.read("/t/traefik.toml", options).value();
    behaviour_ = traefik_server.behaviour(deployment_);
  }
  /// "server1", "421", "unknowable"; `listener` counts entry points.
  std::string ask(const std::string& sni, const std::string& host, size_t listener = 0) const {
    ConnectionFacts connection;
    if (!sni.empty()) connection.sni = RawHost(sni);
    RequestFacts request;
    request.host_fields = {RawHost(host)};
    const Expected expected = behave(*behaviour_, static_cast<ListenerId>(listener), connection, request);
    if (expected.handshake.outcome == HandshakeOutcome::rejected) return "closed";
    if (expected.answer.outcome == AnswerOutcome::unknowable) return "unknowable";
    if (expected.answer.status != 0) return std::to_string(expected.answer.status);
    const auto& edges = deployment_.virtual_host(expected.answer.virtual_host).back_edges;
    return edges.empty() ? "nowhere" : edges.back().pool;
  }
  ExpectedHandshake handshake(const std::string& sni, size_t listener = 0) const {
    ConnectionFacts connection;
    if (!sni.empty()) connection.sni = RawHost(sni);
    return behaviour_->handshake(static_cast<ListenerId>(listener), connection);
  }
  /// The TLS versions of the options that a connection gets.
  uint8_t versions(const std::string& sni, size_t listener = 0) const {
    return deployment_.virtual_host(handshake(sni, listener).virtual_host).tls.versions.value;
  }
  const Deployment& deployment() const { return deployment_; }

 private:
  MemoryFiles files_;
  FakeCertificateSource certificates_;
  Deployment deployment_;
  std::unique_ptr<Behaviour> behaviour_;
};

std::string site(std::string_view name, std::string_view rule, std::string_view service, std::string_view options = "",
                 std::string_view on = "websecure") {
  return fmt::format("[http.routers.{0}]\nrule = \"{1}\"\nservice = \"{2}\"\nentryPoints = [\"{4}\"]\n[http.routers.{0}.tls]\n{3}\n", name, rule,
                     service, options.empty() ? "" : fmt::format("options = \"{}\"", options), on);
}

std::string services(int count) {
  std::string all;
  for (int i = 1; i <= count; ++i)
    all += fmt::format("[[http.services.server{}.loadBalancer.servers]]\nurl = \"http://127.0.0.1:90{}0\"\n", i, i);
  return all;
}

/// integration/fixtures/https/https_domain_fronting.toml, by what it says.
std::string fronting() {
  return "[entryPoints.websecure]\naddress = \":4443\"\n" +
         site("router1", "Host(`site1.www.snitest.com`)", "server1") + site("router2", "Host(`site2.www.snitest.com`)", "server2") +
         site("router3", "Host(`site3.www.snitest.com`)", "server3", "mytls") +
         site("router4", "Host(`site4.www.snitest.com`)", "server4") +
         site("router4path", "Host(`site4.www.snitest.com`) && PathPrefix(`/foo`)", "server4", "mytls") +
         site("router5", "Host(`site5.www.snitest.com`)", "server5", "mytls") +
         site("router5path", "Host(`site5.www.snitest.com`) && PathPrefix(`/bar`)", "server5", "mytls") +
         site("router6", "Host(`site6.www.snitest.com.`)", "server6", "mytls") + services(6) +
         "[[tls.certificates]]\ncertFile = \"wild.pem\"\nkeyFile = \"wild.key\"\n[tls.options.mytls]\nmaxVersion = \"VersionTLS13\"\n";
}

TEST(TraefikTables, DomainFronting) {
  const struct {
    std::string host, sni, content;
  } rows[] = {
      {"site1.www.snitest.com", "site1.www.snitest.com", "server1@file"},
      {"site3.www.snitest.com:4443", "site3.www.snitest.com", "server3@file"},
      {"site3.www.snitest.com", "site3.www.snitest.com ", "server3@file"},
      {"site1.www.snitest.com", "site2.www.snitest.com", "server1@file"},
      {"site2.www.snitest.com", "site1.www.snitest.com", "server2@file"},
      {"site2.www.snitest.com", "site3.www.snitest.com", "421"},
      {"site3.www.snitest.com", "site1.www.snitest.com", "421"},
      {"sIte1.www.snitest.com", "sitE1.www.snitest.com", "server1@file"},
      {"site4.www.snitest.com", "site3.www.snitest.com", "421"},
      {"site5.www.snitest.com", "site3.www.snitest.com", "server5@file"},
      {"site3.www.snitest.com.", "", "421"},
      {"site6.www.snitest.com", "", "421"},
  };
  // The table stood in the tests of all these.
  for (const Version& version : {Version{3, 7, 9}, Version{3, 7, 3}, Version{3, 7, 0}, Version{3, 0, 0}, Version{2, 11, 53}, Version{2, 11, 0}}) {
    const TraefikRun traefik(fronting(), version);
    for (const auto& row : rows)
      EXPECT_EQ(traefik.ask(row.sni, row.host), row.content) << version.text() << ": " << row.sni << " -> " << row.host;
  }
}

/// integration/fixtures/https/https_tls_options_conflict.toml, by what it says.
TEST(TraefikTables, ConflictingOptions) {
  const TraefikRun traefik("[entryPoints.websecure]\naddress = \":4443\"\n[entryPoints.websecure2]\naddress = \":4444\"\n" +
                           site("same-1", "Host(`same.www.snitest.com`)", "server1", "tls12") +
                           site("same-2", "Host(`same.www.snitest.com`) && PathPrefix(`/same`)", "server1", "tls12") +
                           site("conflict-1", "Host(`conflict.www.snitest.com`)", "server1", "tls12") +
                           site("conflict-2", "Host(`conflict.www.snitest.com`) && PathPrefix(`/conflict`)", "server1", "tls13") +
                           site("cross-ep1", "Host(`cross.www.snitest.com`)", "server1", "tls12") +
                           site("cross-ep2", "Host(`cross.www.snitest.com`)", "server1", "tls13", "websecure2") +
                           site("df-a", "Host(`df-a.www.snitest.com`)", "server1", "tls12") +
                           site("df-b", "Host(`df-b.www.snitest.com`)", "server1", "tls12") +
                           site("df-c", "Host(`df-c.www.snitest.com`)", "server1", "tls13") + services(1) +
                           "[[tls.certificates]]\ncertFile = \"wild.pem\"\nkeyFile = \"wild.key\"\n[tls.options.tls12]\nmaxVersion = "
                           "\"VersionTLS12\"\n[tls.options.tls13]\nminVersion = \"VersionTLS13\"\n");
  constexpr uint8_t tls1_2 = tls_version::tls1_2, tls1_3 = tls_version::tls1_3;
  EXPECT_EQ(traefik.versions("same.www.snitest.com"), tls1_2);
  EXPECT_EQ(traefik.versions("conflict.www.snitest.com"), tls1_2 | tls1_3);
  EXPECT_EQ(traefik.ask("conflict.www.snitest.com", "conflict.www.snitest.com"), "server1@file");
  EXPECT_EQ(traefik.versions("cross.www.snitest.com"), tls1_2);
  EXPECT_EQ(traefik.versions("cross.www.snitest.com", 1), tls1_3);
  EXPECT_EQ(traefik.ask("df-b.www.snitest.com", "df-a.www.snitest.com"), "server1@file");
  EXPECT_EQ(traefik.ask("df-c.www.snitest.com", "df-a.www.snitest.com"), "421");
}

/// integration/fixtures/https/https_wildcard_tls_options.toml, by what it says.
TEST(TraefikTables, OptionsOfWildcards) {
  const std::string text = "[entryPoints.websecure]\naddress = \":4443\"\n" + site("wildcard", "Host(`*.snitest.com`)", "server1", "foo") +
                           site("bar", "Host(`foo.snitest.com`)", "server1", "bar") + site("other", "Host(`other.snitest.com`)", "server1") +
                           services(1) +
                           "[tls.options.foo]\nminVersion = \"VersionTLS12\"\nmaxVersion = \"VersionTLS12\"\n[tls.options.bar]\nminVersion = "
                           "\"VersionTLS13\"\n[tls.options.default]\nminVersion = \"VersionTLS11\"\nmaxVersion = \"VersionTLS11\"\n";
  const TraefikRun traefik(text);
  EXPECT_EQ(traefik.versions("bar.snitest.com"), tls_version::tls1_2);
  EXPECT_EQ(traefik.versions("foo.snitest.com"), tls_version::tls1_3);
  EXPECT_EQ(traefik.versions("other.snitest.com"), tls_version::tls1_1);
  for (const char* name : {"bar.snitest.com", "foo.snitest.com", "other.snitest.com"}) EXPECT_EQ(traefik.ask(name, name), "server1@file");
  // CVE-2026-48491: the check by names did not know wildcards.
  EXPECT_EQ(traefik.ask("other.snitest.com", "bar.snitest.com"), "421");
  EXPECT_EQ(TraefikRun(text, Version{3, 7, 0}).ask("other.snitest.com", "bar.snitest.com"), "server1@file");
}

/// Test_resolveHTTPTLSOptions: the options that a router is left with show in whose connections it answers.
TEST(TraefikTables, ResolvedOptions) {
  const std::string head = "[entryPoints.a]\naddress = \":1\"\n[entryPoints.b]\naddress = \":2\"\n";
  const std::string rest = site("probe-a", "Host(`probe.test`)", "server2", "optsA", "a") + services(2) +
                           "[tls.options.optsA]\nmaxVersion = \"VersionTLS12\"\n[tls.options.optsB]\nminVersion = \"VersionTLS13\"\n";
  const TraefikRun apart(head + site("x", "Host(`example.com`)", "server1", "optsA", "a") +
                         site("y", "Host(`example.com`)", "server1", "optsB", "b") + rest);
  EXPECT_EQ(apart.ask("probe.test", "example.com", 0), "server1@file");
  EXPECT_EQ(apart.versions("example.com", 1), tls_version::tls1_3);
  const TraefikRun together(head + site("x", "Host(`example.com`)", "server1", "optsA", "a") +
                            site("y", "Host(`example.com`) && PathPrefix(`/`)", "server1", "optsB", "a") + rest);
  EXPECT_EQ(together.ask("probe.test", "example.com"), "421");
  EXPECT_EQ(together.ask("", "example.com"), "server1@file");
  const TraefikRun agreed(head + site("x", "Host(`example.com`)", "server1", "optsA", "a") +
                          site("y", "Host(`example.com`) && PathPrefix(`/foo`)", "server1", "optsA", "a") + rest);
  EXPECT_EQ(agreed.ask("probe.test", "example.com"), "server1@file");
  const TraefikRun shared(head + site("x", "Host(`example.com`)", "server1", "optsA", "a\", \"b") +
                          site("y", "Host(`example.com`) && PathPrefix(`/foo`)", "server1", "optsB", "a") + rest);
  EXPECT_EQ(shared.ask("probe.test", "example.com"), "421");
  EXPECT_EQ(shared.versions("example.com", 1), tls_version::tls1_2);
  for (const char* options : {"optsA", "default", ""}) {
    const TraefikRun no_host(head + site("x", "PathPrefix(`/`)", "server1", options, "a") + rest);
    EXPECT_EQ(no_host.ask("", "example.com"), "server1@file") << options;
    EXPECT_EQ(no_host.ask("probe.test", "example.com"), "421") << options;
  }
}

TEST(TraefikTables, BestCertificate) {
  const auto run = [](const std::vector<std::string>& files, std::optional<Version> version = std::nullopt) {
    std::string text = "[entryPoints.websecure]\naddress = \":4443\"\n" + site("x", "Host(`app.example.test`)", "server1") + services(1);
    for (const std::string& file : files) text += fmt::format("[[tls.certificates]]\ncertFile = \"{0}\"\nkeyFile = \"{0}\"\n", file);
    return TraefikRun(text, version);
  };
  const auto path = [](const TraefikRun& traefik, const std::string& sni) {
    const ExpectedHandshake handshake = traefik.handshake(sni);
    return handshake.certificate == nullptr ? "(nobody can tell)" : handshake.certificate->path;
  };
  const std::string own = "(the certificate that Traefik makes for itself)";
  EXPECT_EQ(path(run({}), "app.example.test"), own);
  EXPECT_EQ(path(run({"wild.pem"}), "app.example.test"), own);
  EXPECT_EQ(path(run({"exact.pem"}), "app.example.test"), "/t/exact.pem");
  EXPECT_EQ(path(run({"exact.pem"}), "x.app.example.test"), own);
  EXPECT_EQ(path(run({"star.pem"}), "APP.example.test"), "/t/star.pem");
  EXPECT_EQ(path(run({"star.pem"}), "x.app.example.test"), own);
  // Two certificates with one name: the one whose joined names sort last; before, either.
  for (const std::vector<std::string>& files : {std::vector<std::string>{"both.pem", "exact.pem"}, {"exact.pem", "both.pem"}}) {
    EXPECT_EQ(path(run(files), "app.example.test"), "/t/exact.pem");
    EXPECT_EQ(path(run(files, Version{3, 6, 21}), "app.example.test"), "(nobody can tell)");
  }
  EXPECT_EQ(path(run({"star.pem", "exact.pem"}, Version{2, 11, 0}), "app.example.test"), "/t/exact.pem");
}

}  // namespace
}  // namespace astray
