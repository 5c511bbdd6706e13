// What a host presents: which of its certificates, with which OCSP response, and with which cipher.
#include <gtest/gtest.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <thread>

#include "tls/engine/engine_pair_test.h"
#include "tls/engine/identity_access.h"
#include "tls/engine/plain_client_test.h"
#include "tls/engine/release.h"

namespace astray::tls::presentation_test {
namespace {

using test::CertificateBuilder;
using test::TestCertificate;
using test::TestKey;

TestCertificate site(TestKey key, int64_t serial) {
  return CertificateBuilder()
      .common_name("a.test")
      .names({"a.test"})
      .key(key)
      .serial(serial)
      .issued_by(test_authority())
      .build();
}

Identity identity_of(const TestCertificate& certificate) {
  return Identity::parse(certificate.pem() + test_authority().pem(), certificate.key_pem(), "site").value();
}

ServerOptions both_kinds() {
  ServerOptions options;
  options.hosts.push_back({identity_of(site(TestKey::ecdsa, 11)),
                           {},
                           ClientAuthentication::off,
                           "",
                           Version::tls1_2,
                           Version::tls1_3,
                           "a"});
  options.hosts[0].other_identities.push_back(identity_of(site(TestKey::rsa, 12)));
  return options;
}

X509* x509_of(const TestCertificate& certificate) {
  auto* at = reinterpret_cast<const unsigned char*>(certificate.der().data());
  return d2i_X509(nullptr, &at, static_cast<long>(certificate.der().size()));
}

/// What an OCSP service answers, in DER. `seconds` from now until its time is over.
std::string response_about(const TestCertificate& certificate, int verdict = V_OCSP_CERTSTATUS_GOOD,
                           long seconds = 1000) {
  std::unique_ptr<X509, Release<X509_free>> subject(x509_of(certificate));
  std::unique_ptr<X509, Release<X509_free>> issuer(x509_of(test_authority()));
  std::string pem = test_authority().key_pem();
  std::unique_ptr<BIO, Release<BIO_free>> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>> key(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  std::unique_ptr<OCSP_BASICRESP, Release<OCSP_BASICRESP_free>> basic(OCSP_BASICRESP_new());
  std::unique_ptr<OCSP_CERTID, Release<OCSP_CERTID_free>> id(
      OCSP_cert_to_id(EVP_sha1(), subject.get(), issuer.get()));
  std::unique_ptr<ASN1_TIME, Release<ASN1_TIME_free>> from(X509_gmtime_adj(nullptr, -5000));
  std::unique_ptr<ASN1_TIME, Release<ASN1_TIME_free>> until(X509_gmtime_adj(nullptr, seconds));
  EXPECT_NE(OCSP_basic_add1_status(basic.get(), id.get(), verdict, 0, from.get(), from.get(), until.get()),
            nullptr);
  EXPECT_EQ(OCSP_basic_sign(basic.get(), issuer.get(), key.get(), EVP_sha256(), nullptr, 0), 1);
  std::unique_ptr<OCSP_RESPONSE, Release<OCSP_RESPONSE_free>> response(
      OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()));
  unsigned char* der = nullptr;
  int size = i2d_OCSP_RESPONSE(response.get(), &der);
  std::string bytes(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

class Presentation : public testing::TestWithParam<Version> {
 protected:
  /// "" of signature algorithms: both kinds.
  PlainOutcome connect(const ServerOptions& options, std::string algorithms,
                       PlainClient::Status status = PlainClient::Status::not_asked) {
    PlainClient client;
    client.version = GetParam();
    client.signature_algorithms = std::move(algorithms);
    client.status = status;
    return connect_plainly(client, server_context(options));
  }
  static constexpr const char* rsa = "rsa_pss_rsae_sha256:rsa_pkcs1_sha256";
  static constexpr const char* ecdsa = "ecdsa_secp256r1_sha256";
};

TEST_P(Presentation, ShowsTheCertificateThatTheClientCanVerify) {
  EXPECT_EQ(connect(both_kinds(), rsa).key, "rsa");
  EXPECT_EQ(connect(both_kinds(), ecdsa).key, "ecdsa");
  EXPECT_TRUE(connect(both_kinds(), "").done);
  ServerOptions one_kind = both_kinds();
  one_kind.hosts[0].other_identities.clear();
  EXPECT_FALSE(connect(one_kind, rsa).done);
}

TEST_P(Presentation, SendsTheResponseOfThatCertificateToWhoAsks) {
  constexpr auto asked = PlainClient::Status::asked;
  std::string about_ecdsa = response_about(site(TestKey::ecdsa, 11));
  std::string about_rsa = response_about(site(TestKey::rsa, 12));
  ServerOptions options = both_kinds();
  ServerHost& host = options.hosts[0];
  host.identity = host.identity.with_staple(about_ecdsa, "ecdsa.ocsp").value();
  host.other_identities[0] = host.other_identities[0].with_staple(about_rsa, "rsa.ocsp").value();

  EXPECT_EQ(connect(options, rsa, asked).staple, about_rsa);
  EXPECT_EQ(connect(options, ecdsa, asked).staple, about_ecdsa);
  EXPECT_EQ(connect(options, ecdsa).staple, std::nullopt);

  host.other_identities[0] = identity_of(site(TestKey::rsa, 12));
  EXPECT_EQ(connect(options, ecdsa, asked).staple, about_ecdsa);
  PlainOutcome without = connect(options, rsa, asked);
  EXPECT_EQ(without.staple, std::nullopt) << "that of the other certificate would be a false one";
  EXPECT_TRUE(without.done);
}

TEST_P(Presentation, SendsNoResponseWhoseTimeIsOver) {
  std::string old = response_about(site(TestKey::ecdsa, 11), V_OCSP_CERTSTATUS_GOOD, -100);
  ServerOptions options = both_kinds();
  options.hosts[0].identity = options.hosts[0].identity.with_staple(old, "old.ocsp").value();
  PlainOutcome outcome = connect(options, ecdsa, PlainClient::Status::asked);
  EXPECT_TRUE(outcome.done);
  EXPECT_EQ(outcome.staple, std::nullopt);
}

TEST_P(Presentation, TakesItsOwnOrderOfCiphers) {
  ServerOptions options = both_kinds();
  options.hosts[0].ciphers = {"TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256",
                              "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256"};
  EXPECT_EQ(connect(options, ecdsa).cipher,
            GetParam() == Version::tls1_3 ? "TLS_CHACHA20_POLY1305_SHA256" : "ECDHE-ECDSA-AES256-GCM-SHA384");
  PlainClient client;
  client.version = Version::tls1_2;
  client.ciphers = "ECDHE-ECDSA-AES128-SHA256";
  EXPECT_FALSE(connect_plainly(client, server_context(options)).done) << "a cipher that is not in the list";
}

/// OpenSSL's clients begin with AES-256.
TEST_P(Presentation, TakesAES128WhenNoOrderIsSaid) {
  EXPECT_EQ(connect(both_kinds(), ecdsa).cipher,
            GetParam() == Version::tls1_3 ? "TLS_AES_128_GCM_SHA256" : "ECDHE-ECDSA-AES128-GCM-SHA256");
  PlainClient client;
  client.version = Version::tls1_2;
  client.ciphers = "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256";
  EXPECT_EQ(connect_plainly(client, server_context(both_kinds())).cipher, "ECDHE-ECDSA-CHACHA20-POLY1305")
      << "the client has no AES in hardware";
}

INSTANTIATE_TEST_SUITE_P(Tls, Presentation, testing::Values(Version::tls1_2, Version::tls1_3),
                         [](const auto& value) {
                           return value.param == Version::tls1_2 ? "tls1_2" : "tls1_3";
                         });

TEST(Staple, MustSayOfThisCertificateThatItIsGood) {
  Identity identity = identity_of(site(TestKey::ecdsa, 11));
  const auto problem = [&](std::string_view der) {
    auto stapled = identity.with_staple(der, "s.ocsp");
    return stapled ? "" : stapled.error().message;
  };
  std::string good = response_about(site(TestKey::ecdsa, 11));
  EXPECT_EQ(problem(good), "");
  constexpr const char* no_response =
      "s.ocsp: this is no OCSP response in DER: fetch one with `openssl ocsp -respout s.ocsp`";
  EXPECT_EQ(problem(""), no_response);
  EXPECT_EQ(problem("-----BEGIN OCSP RESPONSE-----\n"), no_response);
  EXPECT_EQ(problem(good + "x"), no_response);
  EXPECT_EQ(problem(good.substr(0, good.size() - 1)), no_response);
  // OCSPResponse { responseStatus tryLater (3) }, RFC 6960 §4.2.1
  EXPECT_EQ(problem("\x30\x03\x0A\x01\x03"),
            "s.ocsp: the OCSP service gave no answer (trylater): fetch the response anew");
  EXPECT_EQ(problem(response_about(site(TestKey::ecdsa, 99))),
            "s.ocsp: the OCSP response is about another certificate: give the one for CN=a.test, or none");
  EXPECT_EQ(problem(response_about(site(TestKey::ecdsa, 11), V_OCSP_CERTSTATUS_REVOKED)),
            "s.ocsp: the OCSP response says that the certificate is revoked: get another certificate");
  EXPECT_EQ(problem(response_about(site(TestKey::ecdsa, 11), V_OCSP_CERTSTATUS_UNKNOWN)),
            "s.ocsp: the OCSP response says that the certificate is unknown: get another certificate");
}

TEST(ServerContextHosts, TellsAllThatAreWrong) {
  ServerOptions options = both_kinds();
  const ServerHost good = options.hosts[0];
  const auto add = [&](auto change) {
    ServerHost host = good;
    change(host);
    options.hosts.push_back(std::move(host));
  };
  add([](ServerHost& host) { host.other_identities.push_back(host.identity); });
  add([](ServerHost& host) { host.ciphers = {"TLS_AES_128_GCM_SHA256", "NO-SUCH-CIPHER"}; });
  add([](ServerHost& host) { host.ciphers = {"HIGH"}; });
  add([](ServerHost& host) { host.ciphers = {"TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384"}; });
  add([](ServerHost& host) { host.ciphers = {"ALL:@SECLEVEL=0"}; });
  add([](ServerHost& host) { host.ciphers = {""}; });
  add([](ServerHost& host) { host.ciphers = {"TLS_AES_128_GCM_SHA256"}; });
  add([](ServerHost& host) { host.ciphers = {"ECDHE-RSA-AES128-GCM-SHA256"}; });
  add([](ServerHost& host) { host.client_authentication = ClientAuthentication::optional; });
  add([](ServerHost& host) { host.min_version = Version::tls1_3, host.max_version = Version::tls1_2; });
  add([](ServerHost&) {});

  const std::pair<size_t, std::string_view> expected[] = {
      {1, "two certificates with a key of the kind ecdsa: "},
      {2, "OpenSSL has no cipher of the name \"NO-SUCH-CIPHER\": "},
      {3, "OpenSSL has no cipher of the name \"HIGH\": "},
      {4, "OpenSSL has no cipher of the name \"TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384\": "},
      {5, "OpenSSL has no cipher of the name \"ALL:@SECLEVEL=0\": "},
      {6, "OpenSSL has no cipher of the name \"\": "},
      {7, "the ciphers have none for TLSv1.2: "},
      {8, "the ciphers have none for TLSv1.3: "},
      {9, "the authorities of client certificates: no certificate in it, "},
      {10, "no TLS version is both at least TLSv1.3 and at most TLSv1.2: "}};
  std::vector<HostProblem> problems = ServerContext::problems_of(options);
  ASSERT_EQ(problems.size(), std::size(expected));
  for (size_t i = 0; i < problems.size(); ++i) {
    EXPECT_EQ(problems[i].host, expected[i].first);
    EXPECT_TRUE(problems[i].message.starts_with(expected[i].second)) << problems[i].message;
  }
  EXPECT_FALSE(ServerContext::create(options));
}

/// As EVP_EC_gen, a macro that casts const away.
EVP_PKEY* elliptic_key(std::string curve) {
  return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve.data());
}

/// A certificate for any key, signed by one of 256 bits with this digest.
Identity identity_with(EVP_PKEY* key, const EVP_MD* digest) {
  std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>> issuer(elliptic_key("P-256"));
  std::unique_ptr<X509, Release<X509_free>> made(X509_new());
  X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 1000);
  X509_set_pubkey(made.get(), key);
  auto* issuer_name = reinterpret_cast<const unsigned char*>("Issuer");
  X509_NAME_add_entry_by_txt(X509_get_issuer_name(made.get()), "CN", MBSTRING_ASC, issuer_name, -1, -1, 0);
  X509_sign(made.get(), issuer.get(), digest);
  std::unique_ptr<BIO, Release<BIO_free>> bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), made.get());
  PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  long size = BIO_get_mem_data(bio.get(), &text);
  std::string pem(text, static_cast<size_t>(size));
  return Identity::parse(pem, pem, "made").value();
}

TEST(ServerContextHosts, RefuseAtOnceWhatOpensslWouldRefuse) {
  const struct {
    EVP_PKEY* key;
    const EVP_MD* digest;
    std::string_view weakness;
  } cases[] = {{elliptic_key("P-256"), EVP_sha256(), ""},
               {elliptic_key("P-384"), EVP_sha512(), ""},
               {elliptic_key("P-224"), EVP_sha224(), ""},
               {elliptic_key("P-192"), EVP_sha256(), "ee key too small"},
               {elliptic_key("P-256"), EVP_sha1(), "ca md too weak"},
               {EVP_RSA_gen(1024), EVP_sha256(), "ee key too small"},
               {EVP_RSA_gen(2048), EVP_sha1(), "ca md too weak"},
               {EVP_RSA_gen(2048), EVP_sha256(), ""}};
  for (const auto& each : cases) {
    std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>> owner(each.key);
    Identity identity = identity_with(each.key, each.digest);
    EXPECT_EQ(IdentityAccess::weakness(identity).value_or(""), each.weakness);
    SslContextPointer context(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_set_security_level(context.get(), 2);
    EXPECT_EQ(IdentityAccess::use(identity, context.get()).value_or(""), each.weakness);
    ServerOptions options = both_kinds();
    options.hosts[0].identity = identity;
    options.hosts[0].other_identities.clear();
    EXPECT_EQ(ServerContext::create(options).has_value(), each.weakness.empty());
    options.leniency = Leniency::lenient;
    EXPECT_TRUE(ServerContext::create(options));
  }
}

TEST(ServerContextHosts, AreBuiltOnceByManyThreads) {
  ServerOptions options = both_kinds();
  for (int i = 0; i < 3; ++i) options.hosts.push_back(options.hosts[0]);
  options.choose = [](std::optional<std::string_view> name) -> HostChoice {
    return static_cast<size_t>((*name)[0] - 'a');
  };
  auto servers = server_context(options);
  auto clients = client_context();
  std::vector<std::thread> threads;
  std::vector<std::string> told(8);
  for (size_t i = 0; i < told.size(); ++i) {
    threads.emplace_back([&, i] {
      for (char first : {'a', 'b', 'c', 'd'}) {
        Client client = make_client(clients, {std::string(1, first) + ".test", {}, {}});
        Server server(servers);
        Both both;
        talk(client, server, both);
        told[i] += both.server.text();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::string expected;
  for (int i = 0; i < 4; ++i) {
    expected += std::string("accepted TLSv1.3 full alpn=none sni=\"") + static_cast<char>('a' + i) +
                ".test\" host=" + std::to_string(i) + " chain=none\n";
  }
  for (const std::string& each : told) EXPECT_EQ(each, expected);
}

}  // namespace
}  // namespace astray::tls::presentation_test
