// Which certificate HAProxy presents (ssl_sock_switchctx_cbk).
#include "servers/haproxy/bind.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "servers/haproxy/haproxy.h"
#include "servers/model/behaviour.h"
#include "tls/fake_certificate_source.h"

namespace astray {
namespace {

/// A bind line with certificates of both kinds of keys, asked by SNI.
class HaproxyCertificates {
 public:
  explicit HaproxyCertificates(std::string_view bind, Version version = {2, 6, 12}, std::string_view list = "") {
    files_.add("/haproxy.cfg", fmt::format("frontend f\n  mode http\n  bind :443 ssl {}\n  default_backend b\n"
                                           "backend b\n  mode http\n  server s 10.0.0.1:80\n", bind));
    files_.add("/list", std::string(list));
    const auto declare = [&](std::string path, std::vector<std::string> names, KeyType key) {
      certificates_.declare(path, DeclaredCertificate{.names = std::move(names), .key_type = key});
    };
    declare("/rsa.pem", {"a.test", "b.test"}, KeyType::rsa);
    declare("/wild.pem", {"*.test"}, KeyType::ecdsa);
    declare("/wild-rsa.pem", {"*.test"}, KeyType::rsa);
    declare("/both.pem.rsa", {"c.test", "d.test"}, KeyType::rsa);
    declare("/both.pem.ecdsa", {"c.test"}, KeyType::ecdsa);
    declare("/odd.pem", {"a.test"}, KeyType::ed25519);
    const ReadOptions options{version, VersionBasis::given, "", {}, files_, certificates_};
    deployment_ = haproxy_server.read("/haproxy.cfg", options).value();
    behaviour_ = haproxy_server.behaviour(deployment_);
  }

  /// The file that is presented; "" for no SNI.
  std::string presented(std::string sni) const {
    ConnectionFacts connection;
    if (!sni.empty()) connection.sni = RawHost(std::move(sni));
    const ExpectedHandshake handshake = behaviour_->handshake(ListenerId{0}, connection);
    if (handshake.outcome == HandshakeOutcome::unknowable) return "unknowable";
    if (handshake.outcome == HandshakeOutcome::rejected) return "refused";
    return handshake.certificate->path;
  }

 private:
  MemoryFiles files_;
  FakeCertificateSource certificates_;
  Deployment deployment_;
  std::unique_ptr<Behaviour> behaviour_;
};

TEST(HaproxyCertificates, AnEcdsaWildcardComesBeforeTheExactNameOfAnRsaOne) {
  const HaproxyCertificates haproxy("crt /rsa.pem crt /wild.pem");
  EXPECT_EQ(haproxy.presented("a.test"), "/wild.pem");
  EXPECT_EQ(haproxy.presented("z.test"), "/wild.pem");
  EXPECT_EQ(haproxy.presented("a.b.test"), "/rsa.pem");
  EXPECT_EQ(haproxy.presented(""), "/rsa.pem");
}

TEST(HaproxyCertificates, OfOneKindTheExactNameComesFirst) {
  const HaproxyCertificates haproxy("crt /wild-rsa.pem crt /rsa.pem");
  EXPECT_EQ(haproxy.presented("a.test"), "/rsa.pem");
  EXPECT_EQ(haproxy.presented("z.test"), "/wild-rsa.pem");
}

TEST(HaproxyCertificates, OtherKindsOfKeysComeLast) {
  const HaproxyCertificates haproxy("crt /odd.pem crt /wild-rsa.pem");
  EXPECT_EQ(haproxy.presented("a.test"), "/wild-rsa.pem");
  EXPECT_EQ(HaproxyCertificates("crt /odd.pem").presented("a.test"), "/odd.pem");
}

TEST(HaproxyCertificates, ExcludedNamesAreExcludedFromTheirLineAlone) {
  const HaproxyCertificates haproxy("crt /rsa.pem crt-list /list", {2, 6, 12}, "/wild.pem *.test !b.test\n");
  EXPECT_EQ(haproxy.presented("a.test"), "/wild.pem");
  EXPECT_EQ(haproxy.presented("b.test"), "/rsa.pem");
}

TEST(HaproxyCertificates, PartsOfABundleAreCertificatesOfTheirOwn) {
  const HaproxyCertificates haproxy("crt /both.pem");
  EXPECT_EQ(haproxy.presented("c.test"), "/both.pem.ecdsa");
  EXPECT_EQ(haproxy.presented("d.test"), "/both.pem.rsa");
  // The first that is loaded: .dsa, .ecdsa, .rsa.
  EXPECT_EQ(haproxy.presented(""), "/both.pem.ecdsa");
}

TEST(HaproxyCertificates, FromThreeOnKindsOfKeysDecideAmongDefaultsToo) {
  constexpr std::string_view bind = "default-crt /rsa.pem crt-list /list";
  const HaproxyCertificates haproxy(bind, {3, 0, 0}, "/wild.pem * *.test\n");
  EXPECT_EQ(haproxy.presented(""), "/wild.pem");
  EXPECT_EQ(haproxy.presented("x.invalid"), "/wild.pem");
  EXPECT_EQ(HaproxyCertificates(bind, {3, 0, 0}, "/wild.pem *.test\n").presented(""), "/rsa.pem");
  EXPECT_EQ(HaproxyCertificates("crt /rsa.pem crt-list /list", {2, 9, 0}, "/wild.pem * *.test\n").presented(""), "/rsa.pem");
}

TEST(HaproxyCertificates, AnUnreadableOneLeavesOpenWhoComesFirst) {
  const HaproxyCertificates haproxy("crt-list /list", {2, 6, 12}, "/missing.pem a.test\n/wild.pem *.test\n/rsa.pem b.test c.invalid\n");
  EXPECT_EQ(haproxy.presented("a.test"), "unknowable");
  EXPECT_EQ(haproxy.presented("b.test"), "/wild.pem");
  EXPECT_EQ(haproxy.presented("c.invalid"), "/rsa.pem");
}

}  // namespace
}  // namespace astray
