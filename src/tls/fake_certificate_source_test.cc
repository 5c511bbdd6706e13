#include "tls/fake_certificate_source.h"

#include <gtest/gtest.h>

#include <set>

namespace astray::fake_certificate_source_test {
namespace {

TEST(FakeCertificateSource, GivesWhatWasDeclared) {
  FakeCertificateSource source;
  source.declare("/a.pem", {"a.example", "*.a.example", "192.0.2.1", "2001:db8::1", "f*.example"});
  auto certificate = source.load("/a.pem").value();
  ASSERT_EQ(certificate->names.size(), 4U);
  EXPECT_EQ(certificate->names[3].text(), "2001:db8::1");
  EXPECT_TRUE(certificate->covers(Host::parse("x.a.example").value()));
  EXPECT_TRUE(certificate->covers(Host::parse("[2001:db8::1]").value()));
  ASSERT_EQ(certificate->unusable_names.size(), 1U);
  EXPECT_TRUE(certificate->unusable_names[0].starts_with("f*.example ("));
  EXPECT_TRUE(certificate->has_subject_alternative_names);
  EXPECT_FALSE(certificate->expired_at(Instant{4'000'000'000}));
  EXPECT_EQ(source.load("/a.pem").value(), certificate);
}

TEST(FakeCertificateSource, SharesEqualDeclarations) {
  DeclaredCertificate declared;
  declared.common_name = "old.example";
  FakeCertificateSource source;
  source.declare("/a.pem", declared).declare("/b.pem", declared);
  EXPECT_EQ(source.load("/a.pem").value(), source.load("/b.pem").value());
  EXPECT_TRUE(source.load("/a.pem").value()->common_name_only());

  std::set<Digest> fingerprints{make_certificate(declared).fingerprint};
  auto differs = [&](auto change) {
    DeclaredCertificate other = declared;
    change(other);
    return fingerprints.insert(make_certificate(other).fingerprint).second;
  };
  EXPECT_TRUE(differs([](auto& other) { other.serial = "2"; }));
  EXPECT_TRUE(differs([](auto& other) { other.common_name = "new.example"; }));
  EXPECT_TRUE(differs([](auto& other) { other.names = {"a", "b"}; }));
  EXPECT_TRUE(differs([](auto& other) { other.names = {"a b"}; }));
  EXPECT_TRUE(differs([](auto& other) { other.not_after = Instant{1}; }));
  EXPECT_TRUE(differs([](auto& other) { other.key_type = KeyType::rsa; }));
  EXPECT_TRUE(differs([](auto& other) { other.issuer = "CN=Other"; }));
}

TEST(FakeCertificateSource, MissesWhatWasNotDeclared) {
  FakeCertificateSource source;
  EXPECT_EQ(source.load("/a.pem").error().problem, CertificateProblem::missing);
  EXPECT_EQ(source.load_authorities("/ca.pem").error().problem, CertificateProblem::missing);
  source.declare_problem("/a.pem", CertificateProblem::encrypted);
  EXPECT_EQ(source.load("/a.pem").error().problem, CertificateProblem::encrypted);
  EXPECT_EQ(source.load("/a.pem").error().path, "/a.pem");
  EXPECT_EQ(source.load_authority_directory("/a.pem").error().problem, CertificateProblem::encrypted);
}

TEST(FakeCertificateSource, ComparesAuthoritiesAsASet) {
  FakeCertificateSource source;
  source.declare_authorities("/a", {"CN=A", "CN=B"}).declare_authorities("/b", {"CN=B", "CN=A", "CN=B"});
  source.declare_authorities("/c", {"CN=A"}).declare_authorities("/d", {"CN=A CN=B"});
  EXPECT_EQ(*source.load_authorities("/a").value(), *source.load_authorities("/b").value());
  EXPECT_EQ(source.load_authorities("/b").value()->count, 2);
  EXPECT_NE(*source.load_authorities("/a").value(), *source.load_authorities("/c").value());
  EXPECT_NE(*source.load_authorities("/a").value(), *source.load_authority_directory("/d").value());
}

}  // namespace
}  // namespace astray::fake_certificate_source_test
