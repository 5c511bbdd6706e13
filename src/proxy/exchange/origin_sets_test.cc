#include "proxy/exchange/origin_sets.h"

#include <sys/stat.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "gateway/configuration/check_configuration.h"
#include "gateway/configuration/read_configuration.h"
#include "support/certificates.h"
#include "support/temporary_folder.h"
#include "tls/file_certificate_source.h"

namespace astray::proxy {
namespace {

using Origins = std::vector<std::string>;

/// Certificates in a folder and a site over them.
class OriginSetsTest : public testing::Test {
 protected:
  void issue(const std::string& name, const std::vector<std::string>& names) {
    const auto made = astray::test::CertificateBuilder().common_name(name).names(names).build();
    folder_.write(name + ".pem", made.pem());
    ::chmod(folder_.write(name + ".key", made.key_pem()).c_str(), 0600);
  }

  static std::string host(std::string_view label, std::string_view names, std::string_view certificate,
                          std::string_view more = "") {
    return fmt::format(
        "  {}: {{names: [{}], certificates: [{{certificate: {}.pem, key: {}.key}}], routes: [{{backs: "
        "[app]}}]{}}}\n",
        label, names, certificate, certificate, more);
  }

  void load(const std::string& listeners, const std::string& virtual_hosts) {
    const std::string yaml = "listeners:\n" + listeners + "backs: {app: {addresses: [\"127.0.0.1:80\"]}}\n" +
                             "virtual_hosts:\n" + virtual_hosts;
    auto read = gateway::read_configuration(yaml, folder_.path());
    FileCertificateSource certificates;
    auto problems = read.problems;
    if (problems.empty()) problems = gateway::check_configuration(read.configuration, certificates);
    for (const auto& problem : problems)
      ASSERT_NE(problem.severity, gateway::Severity::error) << gateway::describe(problem, "g");
    auto site = Site::build(std::move(read.configuration), certificates,
                            tls::TicketKeys::random(MonotonicTime{}).value(), 1);
    ASSERT_TRUE(site.has_value());
    site_ = std::move(*site);
    sets_ = OriginSets();
  }

  /// As a connection whose handshake that virtual host answered.
  ClientConnection connection(std::string_view virtual_host, std::optional<std::string> sni,
                              std::string_view listener = "https") const {
    const Endpoint any = Endpoint::with_any_port(IpAddress::v4({127, 0, 0, 1}));
    ClientConnection made{.listener = std::string(listener), .client = any, .peer = any, .local = any};
    const Listener& at = *site_->listener(listener);
    const auto index = static_cast<gateway::VirtualHostIndex>(&site_->virtual_host(virtual_host) -
                                                              site_->virtual_hosts().data());
    const HandshakeFacts& settled = at.tls->hosts()->facts_of(index);
    made.virtual_host = virtual_host;
    made.facts.scheme = Scheme::https;
    made.facts.local_port = at.at.port;
    if (sni) made.facts.sni = RawHost(*sni);
    made.facts.policy = settled.policy;
    made.facts.listener = settled.listener;
    made.facts.certificate_names = settled.certificate_names;
    made.facts.protocol = Protocol::h2;
    return made;
  }

  Origins told(const ClientConnection& connection) {
    const auto set = sets_.of(*site_, connection);
    return {set.begin(), set.end()};
  }
  Origins told(std::string_view virtual_host, std::optional<std::string> sni = "any.example") {
    return told(connection(virtual_host, std::move(sni)));
  }

  astray::test::TemporaryFolder folder_;
  std::shared_ptr<const Site> site_;
  OriginSets sets_;
};

constexpr const char* usual = "  https: {address: \"127.0.0.1:443\"}\n";

TEST_F(OriginSetsTest, HasWhatTheCertificateCoversAndTheVerdictServes) {
  issue("shared", {"a.example", "b.example", "c.example", "nobody.example", "*.w.example"});
  issue("other", {"other.example", "a.example"});
  folder_.write("people.pem",
                astray::test::CertificateBuilder().common_name("People").authority().build().pem());
  load(usual, host("a", "a.example, b.example", "shared") +
                  host("c", "c.example", "shared",
                       ", client_authentication: {mode: required, authorities: people.pem}") +
                  host("one", "one.w.example", "shared") + host("below", "\"*.w.example\"", "shared") +
                  host("old", "old.w.example", "shared", ", protocols: [http/1.1]") +
                  host("other", "other.example", "other"));
  const Origins shared = {"https://a.example", "https://b.example", "https://one.w.example"};
  const struct {
    const char* virtual_host;
    std::optional<std::string> sni;
    Origins told;
  } cases[] = {
      // Not c (another policy), nobody (no virtual host), old (no HTTP/2), other (not covered).
      {"a", "a.example", shared},
      {"a", std::nullopt, shared},
      {"below", "x.w.example", shared},
      {"c", "c.example", {"https://c.example"}},
      // Its certificate has a.example, too, and a.example is served under the same policy.
      {"other", "other.example", {"https://other.example", "https://a.example"}},
  };
  for (const auto& c : cases)
    EXPECT_EQ(told(c.virtual_host, c.sni), c.told) << c.virtual_host << " " << c.sni.value_or("(none)");
}

TEST_F(OriginSetsTest, NamesThePortThatClientsUse) {
  issue("a", {"a.example", "192.0.2.7"});
  load("  https: {address: \"127.0.0.1:8443\", missing_sni: default, default: a}\n",
       host("a", "a.example, 192.0.2.7", "a"));
  EXPECT_EQ(told("a"), (Origins{"https://a.example:8443", "https://192.0.2.7:8443"}));
  load("  https: {address: \"127.0.0.1:8443\", public_port: 443}\n", host("a", "a.example", "a"));
  EXPECT_EQ(told("a"), (Origins{"https://a.example"}));
}

TEST_F(OriginSetsTest, IsNoneRatherThanAPart) {
  issue("many", {"a.example", "b.example", "*.w.example"});
  const std::string hosts = host("many", "a.example, b.example, c.w.example, \"*.w.example\"", "many");
  const struct {
    const char* frames;
    size_t told;
  } cases[] = {{"most: 3", 3}, {"most: 2", 0}, {"most: 1", 0}, {"send: false", 0}, {"send: true", 3}};
  for (const auto& c : cases) {
    load(fmt::format("  https: {{address: \"127.0.0.1:443\", origin_frames: {{{}}}}}\n", c.frames), hosts);
    EXPECT_EQ(told("many").size(), c.told) << c.frames;
  }
}

TEST_F(OriginSetsTest, IsOfOneListener) {
  issue("shared", {"a.example", "b.example"});
  load(
      "  https: {address: \"127.0.0.1:443\"}\n"
      "  inside: {address: \"127.0.0.2:443\"}\n"
      "  clear: {address: \"127.0.0.1:80\", tls: false}\n",
      host("a", "a.example", "shared") + host("b", "b.example", "shared", ", listeners: [inside]"));
  EXPECT_EQ(told("a"), (Origins{"https://a.example"}));
  EXPECT_EQ(told(connection("a", "a.example", "inside")),
            (Origins{"https://a.example", "https://b.example"}));
  ClientConnection gone = connection("a", "a.example");
  gone.listener = "clear";
  EXPECT_EQ(told(gone), Origins());
  gone.listener = "no such listener";
  EXPECT_EQ(told(gone), Origins());
}

TEST_F(OriginSetsTest, IsNotForTrustedGateways) {
  issue("a", {"a.example"});
  load(usual, host("a", "a.example", "a"));
  ClientConnection gateway = connection("a", "a.example");
  gateway.facts.peer = Peer::trusted_gateway;
  EXPECT_EQ(told(gateway), Origins());
}

TEST_F(OriginSetsTest, GivesUpWhereAWildcardHasTooManyNamesToLookAt) {
  issue("wild", {"*.w.example"});
  folder_.write("people.pem",
                astray::test::CertificateBuilder().common_name("People").authority().build().pem());
  std::string names = "n0.w.example";
  for (int i = 1; i <= 10'000; ++i) names += fmt::format(", n{}.w.example", i);
  load(usual,
       host("many", names, "wild", ", client_authentication: {mode: required, authorities: people.pem}") +
           host("z", "z.w.example", "wild"));
  EXPECT_EQ(told("z"), Origins());
}

}  // namespace
}  // namespace astray::proxy
