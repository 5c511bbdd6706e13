#include <gtest/gtest.h>

#include "support/temporary_folder.h"
#include "tls/engine/engine_pair_test.h"

namespace astray::tls::client_certificate_test {
namespace {

using test::CertificateBuilder;
using test::TestCertificate;

Identity identity_by(const TestCertificate& issuer) {
  TestCertificate person = CertificateBuilder().common_name("person").issued_by(issuer).build();
  return Identity::parse(person.pem(), person.key_pem(), "person").value();
}

const TestCertificate& stranger() {
  static const TestCertificate authority = CertificateBuilder().common_name("Stranger").authority().build();
  return authority;
}

enum class Shown { nothing, trusted, strange };

std::optional<Identity> identity_of(Shown shown) {
  if (shown == Shown::nothing) return std::nullopt;
  return identity_by(shown == Shown::trusted ? test_authority() : stranger());
}

ServerOptions server_that(ClientAuthentication authentication) {
  ServerOptions options = one_host(host_for({"a.test"}));
  options.hosts[0].client_authentication = authentication;
  options.hosts[0].client_authorities = test_authority().pem();
  options.tickets = 0;
  return options;
}

struct Case {
  const char* name;
  Version version;
  ClientAuthentication authentication;
  Shown shown;
  const char* client;
  const char* server;
};

class ClientCertificate : public testing::TestWithParam<Case> {};

TEST_P(ClientCertificate, EndsAsTheProtocolSays) {
  const Case& each = GetParam();
  auto servers = server_context(server_that(each.authentication));
  ClientOptions options;
  options.identity = identity_of(each.shown);
  options.max_version = each.version;
  auto clients = client_context(options);
  for (const Chopping& chopping : choppings()) {
    SCOPED_TRACE(to_string(chopping));
    Client client = make_client(clients, {"a.test", {}, {}});
    Server server(servers);
    Both both;
    talk(client, server, both, chopping);
    EXPECT_EQ(both.client.text(), each.client);
    EXPECT_EQ(both.server.text(), each.server);
  }
}

constexpr auto off = ClientAuthentication::off;
constexpr auto asked = ClientAuthentication::asked;
constexpr auto required = ClientAuthentication::required;
constexpr auto optional = ClientAuthentication::optional;

INSTANTIATE_TEST_SUITE_P(
    Tls, ClientCertificate,
    testing::Values(
        Case{"unasked", Version::tls1_3, off, Shown::trusted,
             "done TLSv1.3 full alpn=none chain=CN=a.test of 2\n",
             "accepted TLSv1.3 full alpn=none sni=\"a.test\" host=0 chain=none\n"},
        Case{"asked_12_none", Version::tls1_2, asked, Shown::nothing,
             "done TLSv1.2 full alpn=none chain=CN=a.test of 2 asked(CN=Test CA) not sent\n",
             "accepted TLSv1.2 full alpn=none sni=\"a.test\" host=0 chain=none\n"},
        Case{"asked_13_none", Version::tls1_3, asked, Shown::nothing,
             "done TLSv1.3 full alpn=none chain=CN=a.test of 2 asked(CN=Test CA) not sent\n",
             "accepted TLSv1.3 full alpn=none sni=\"a.test\" host=0 chain=none\n"},
        Case{"asked_12_strange", Version::tls1_2, asked, Shown::strange,
             "done TLSv1.2 full alpn=none chain=CN=a.test of 2 asked(CN=Test CA) sent\n",
             "accepted TLSv1.2 full alpn=none sni=\"a.test\" host=0 chain=CN=person of 1\n"},
        Case{"required_10_trusted", Version::tls1_0, required, Shown::trusted,
             "done TLSv1 full alpn=none chain=CN=a.test of 2 asked(CN=Test CA) sent\n",
             "accepted TLSv1 full alpn=none sni=\"a.test\" host=0 chain=CN=person of 1\n"},
        Case{"required_12_trusted", Version::tls1_2, required, Shown::trusted,
             "done TLSv1.2 full alpn=none chain=CN=a.test of 2 asked(CN=Test CA) sent\n",
             "accepted TLSv1.2 full alpn=none sni=\"a.test\" host=0 chain=CN=person of 1\n"},
        Case{"required_13_trusted", Version::tls1_3, required, Shown::trusted,
             "done TLSv1.3 full alpn=none chain=CN=a.test of 2 asked(CN=Test CA) sent\n",
             "accepted TLSv1.3 full alpn=none sni=\"a.test\" host=0 chain=CN=person of 1\n"},
        // RFC 5246 §7.4.6: handshake_failure; the handshake is not done when it comes.
        Case{"required_12_none", Version::tls1_2, required, Shown::nothing,
             "alert received fatal handshake_failure\nfailure alert_received (sslv3 alert handshake "
             "failure)\n",
             "alert sent fatal handshake_failure\n"
             "failure client_certificate_missing (peer did not return a certificate)\n"},
        // RFC 8446 §4.4.2.4: certificate_required, after our Finished.
        Case{"required_13_none", Version::tls1_3, required, Shown::nothing,
             "done TLSv1.3 full alpn=none chain=CN=a.test of 2 asked(CN=Test CA) not sent\n"
             "alert received fatal certificate_required\n"
             "failure alert_received (tlsv13 alert certificate required)\n",
             "alert sent fatal certificate_required\n"
             "failure client_certificate_missing (peer did not return a certificate)\n"},
        Case{"required_12_strange", Version::tls1_2, required, Shown::strange,
             "alert received fatal unknown_ca\nfailure alert_received (tlsv1 alert unknown ca)\n",
             "alert sent fatal unknown_ca\nfailure client_certificate_refused (certificate verify failed)\n"},
        Case{"optional_12_none", Version::tls1_2, optional, Shown::nothing,
             "done TLSv1.2 full alpn=none chain=CN=a.test of 2 asked(CN=Test CA) not sent\n",
             "accepted TLSv1.2 full alpn=none sni=\"a.test\" host=0 chain=none\n"},
        Case{"optional_13_none", Version::tls1_3, optional, Shown::nothing,
             "done TLSv1.3 full alpn=none chain=CN=a.test of 2 asked(CN=Test CA) not sent\n",
             "accepted TLSv1.3 full alpn=none sni=\"a.test\" host=0 chain=none\n"},
        Case{"optional_13_trusted", Version::tls1_3, optional, Shown::trusted,
             "done TLSv1.3 full alpn=none chain=CN=a.test of 2 asked(CN=Test CA) sent\n",
             "accepted TLSv1.3 full alpn=none sni=\"a.test\" host=0 chain=CN=person of 1\n"},
        Case{"optional_12_strange", Version::tls1_2, optional, Shown::strange,
             "alert received fatal unknown_ca\nfailure alert_received (tlsv1 alert unknown ca)\n",
             "alert sent fatal unknown_ca\nfailure client_certificate_refused (certificate verify failed)\n"},
        Case{"optional_13_strange", Version::tls1_3, optional, Shown::strange,
             "done TLSv1.3 full alpn=none chain=CN=a.test of 2 asked(CN=Test CA) sent\n"
             "alert received fatal unknown_ca\nfailure alert_received (tlsv1 alert unknown ca)\n",
             "alert sent fatal unknown_ca\nfailure client_certificate_refused (certificate verify failed)\n"},
        Case{
            "required_13_strange", Version::tls1_3, required, Shown::strange,
            "done TLSv1.3 full alpn=none chain=CN=a.test of 2 asked(CN=Test CA) sent\n"
            "alert received fatal unknown_ca\nfailure alert_received (tlsv1 alert unknown ca)\n",
            "alert sent fatal unknown_ca\nfailure client_certificate_refused (certificate verify failed)\n"}),
    [](const auto& value) { return std::string(value.param.name); });

/// What the server says of the client's certificate; nothing when it refuses it.
std::optional<ClientAccepted::ClientCertificate> judged(const ServerOptions& options,
                                                        std::optional<Identity> identity) {
  ClientOptions client_options;
  client_options.identity = std::move(identity);
  Client client = make_client(client_context(client_options), {"a.test", {}, {}});
  Server server(server_context(options));
  for (int round = 0; round < 3; ++round) {
    std::string to_server = output_of(client);
    server.receive(to_server);
    while (auto event = server.next_event()) {
      if (auto* accepted = std::get_if<ClientAccepted>(&*event)) return accepted->client_certificate;
    }
    std::string to_client = output_of(server);
    client.receive(to_client);
    while (client.next_event()) {
    }
  }
  return std::nullopt;
}

TEST(ClientCertificateJudgement, IsVerifiedOnlyWhereItIsDemanded) {
  using Judged = ClientAccepted::ClientCertificate;
  const struct {
    ClientAuthentication authentication;
    Shown shown;
    std::optional<Judged> expected;
  } cases[] = {{off, Shown::trusted, Judged::none},          {asked, Shown::trusted, Judged::unverified},
               {asked, Shown::strange, Judged::unverified},  {asked, Shown::nothing, Judged::none},
               {optional, Shown::trusted, Judged::verified}, {optional, Shown::nothing, Judged::none},
               {optional, Shown::strange, std::nullopt},     {required, Shown::trusted, Judged::verified},
               {required, Shown::nothing, std::nullopt}};
  for (const auto& each : cases)
    EXPECT_EQ(judged(server_that(each.authentication), identity_of(each.shown)), each.expected);
}

/// `count` authorities, each issued by the one before, the first by test_authority().
std::vector<TestCertificate> authorities_below(int count) {
  std::vector<TestCertificate> below;
  for (int i = 1; i <= count; ++i) {
    below.push_back(CertificateBuilder()
                        .common_name("Below " + std::to_string(i))
                        .authority()
                        .issued_by(below.empty() ? test_authority() : below.back())
                        .build());
  }
  return below;
}

TEST(ClientCertificateDepth, CountsWhatIsBetween) {
  for (int between = 0; between <= 3; ++between) {
    std::vector<TestCertificate> chain = authorities_below(between);
    TestCertificate person = CertificateBuilder()
                                 .common_name("person")
                                 .issued_by(chain.empty() ? test_authority() : chain.back())
                                 .build();
    std::string pem = person.pem();
    for (auto at = chain.rbegin(); at != chain.rend(); ++at) pem += at->pem();
    Identity identity = Identity::parse(pem, person.key_pem(), "person").value();
    for (ClientAuthentication authentication : {optional, required}) {
      ServerOptions options = server_that(authentication);
      EXPECT_TRUE(judged(options, identity));
      for (int depth = 0; depth <= 3; ++depth) {
        options.hosts[0].client_depth = depth;
        EXPECT_EQ(judged(options, identity).has_value(), between <= depth) << between << " " << depth;
      }
    }
  }
}

TEST(ClientCertificateTrust, EndsAtAnAuthorityThatWasNamed) {
  // Also when another issued it, which is not there.
  std::vector<TestCertificate> chain = authorities_below(2);
  Identity identity = identity_by(chain[1]);
  ServerOptions options = server_that(required);
  options.hosts[0].client_authorities = chain[1].pem();
  EXPECT_TRUE(judged(options, identity));
  options.hosts[0].client_authorities = chain[0].pem();
  EXPECT_FALSE(judged(options, identity)) << "the certificate between is missing";
  // The same, read once for many hosts; it counts before the text.
  options.hosts[0].client_trust = TrustStore::parse(chain[1].pem(), "trust").value();
  EXPECT_TRUE(judged(options, identity));
}

std::string problem_of(const Result<Identity>& identity) {
  return identity ? "" : identity.error().message;
}

TEST(Identity, SaysWhatIsWrongWithTheFiles) {
  test::TemporaryFolder folder;
  TestCertificate site = CertificateBuilder().common_name("a.test").build();
  TestCertificate other = CertificateBuilder().common_name("rsa.test").key(test::TestKey::ed25519).build();
  std::string certificate = folder.write("site.pem", site.pem());
  std::string key = folder.write("site.key", site.key_pem());
  EXPECT_EQ(problem_of(Identity::load(certificate, key)), "");
  std::string both = folder.write("both.pem", site.key_pem() + site.pem());
  EXPECT_EQ(problem_of(Identity::load(both, both)), "");

  std::string missing = folder.path_of("missing.key");
  EXPECT_NE(problem_of(Identity::load(certificate, missing)).find(missing + ": "), std::string::npos);
  EXPECT_EQ(problem_of(Identity::load(key, key)),
            key + ": no certificate in it, expected PEM with a line \"-----BEGIN CERTIFICATE-----\"");
  EXPECT_EQ(problem_of(Identity::load(certificate, certificate)),
            certificate + ": no private key in it, expected PEM with a line \"-----BEGIN PRIVATE KEY-----\"");
  for (const std::string& pem : {site.encrypted_key_pem(), site.old_encrypted_key_pem()}) {
    std::string encrypted = folder.write("encrypted.key", pem);
    EXPECT_EQ(problem_of(Identity::load(certificate, encrypted)),
              encrypted +
                  ": the private key is encrypted, and no pass phrase is asked for: write a plain copy with "
                  "`openssl pkey -in " +
                  encrypted + " -out plain.key`");
  }
  std::string foreign = folder.write("foreign.key", other.key_pem());
  EXPECT_EQ(problem_of(Identity::load(certificate, foreign)),
            foreign + ": this private key does not belong to the first certificate of " + certificate +
                ": give the key that the certificate was issued for");
  std::string damaged =
      folder.write("damaged.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
  EXPECT_NE(problem_of(Identity::load(certificate, damaged)).find("the private key cannot be read ("),
            std::string::npos);
}

TEST(ServerContext, WantsAuthoritiesForRequiredCertificates) {
  ServerOptions options = server_that(ClientAuthentication::required);
  options.hosts[0].client_authorities.clear();
  EXPECT_EQ(ServerContext::create(options).error().message,
            "host 0: the authorities of client certificates: no certificate in it, expected PEM with a line "
            "\"-----BEGIN CERTIFICATE-----\"");
}

TEST(ClientContext, RefusesAnImpossibleRangeOfVersions) {
  ClientOptions options;
  options.min_version = Version::tls1_3;
  options.max_version = Version::tls1_2;
  EXPECT_EQ(
      ClientContext::create(options).error().message,
      "no TLS version is both at least TLSv1.3 and at most TLSv1.2: widen the range (TLSv1 and TLSv1.1 also "
      "take old cryptography)");
}

}  // namespace
}  // namespace astray::tls::client_certificate_test
