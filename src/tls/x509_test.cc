#include "tls/x509.h"

#include <gtest/gtest.h>

#include "support/certificates.h"
#include "support/exact_buffer.h"

namespace astray::x509_test {
namespace {

using namespace std::string_literals;
using test::CertificateBuilder;
using test::instant;
using test::TestCertificate;
using test::TestKey;

Result<Certificate, std::string> decode(const std::string& der) {
  return decode_certificate(test::ExactBuffer(der).view());
}
Certificate decoded(const CertificateBuilder& builder) {
  return decode(builder.build().der()).value();
}

TEST(DecodeCertificate, ReadsWhatNamesAreJudgedBy) {
  TestCertificate authority = CertificateBuilder()
                                  .subject("C", "DE")
                                  .subject("O", "Test, Inc.")
                                  .common_name("Root")
                                  .authority()
                                  .build();
  Certificate site =
      decoded(CertificateBuilder()
                  .names({"example.com", "*.example.com", "192.0.2.1", "2001:db8::1", "f*.example.com"})
                  .common_name("Example.com")
                  .valid(instant("2026-02-03"), instant("2026-05-04T05:06:07Z"))
                  .issued_by(authority));
  ASSERT_EQ(site.names.size(), 4U);
  EXPECT_EQ(site.names[1].text(), "*.example.com");
  EXPECT_EQ(site.names[3].text(), "2001:db8::1");
  EXPECT_EQ(site.unusable_names.size(), 1U);
  EXPECT_TRUE(site.covers(Host::parse("www.example.com").value()));
  EXPECT_FALSE(site.covers(Host::parse("a.www.example.com").value()));
  EXPECT_EQ(site.common_name, "Example.com");
  EXPECT_TRUE(site.has_subject_alternative_names);
  EXPECT_FALSE(site.common_name_only());
  EXPECT_EQ(site.not_before, instant("2026-02-03"));
  EXPECT_EQ(site.not_after, instant("2026-05-04T05:06:07Z"));
  EXPECT_EQ(site.subject, "CN=Example.com");
  EXPECT_EQ(site.issuer, "CN=Root,O=Test\\, Inc.,C=DE") << "RFC 2253: last part first, commas escaped";
  EXPECT_FALSE(site.self_signed);
  EXPECT_FALSE(site.is_ca);
  EXPECT_EQ(site.chain_length, 1);
  EXPECT_EQ(site.key_type, KeyType::ecdsa);
}

TEST(DecodeCertificate, FingerprintIsTheDigestOfTheDer) {
  TestCertificate made = CertificateBuilder().names({"a.example"}).build();
  EXPECT_EQ(decode(made.der())->fingerprint, sha256(made.der()));
  // FIPS 180-2, appendix B.1.
  EXPECT_EQ(to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(DecodeCertificate, IgnoresAttributesBehindItAndRefusesAnythingElse) {
  TestCertificate made = CertificateBuilder().names({"a.example"}).build();
  // X509_CERT_AUX of OpenSSL: a SEQUENCE with an alias (UTF8String).
  auto trusted = decode(made.der() + "\x30\x03\x0C\x01" + "a");
  ASSERT_TRUE(trusted) << trusted.error();
  EXPECT_EQ(trusted->fingerprint, sha256(made.der()));
  EXPECT_EQ(decode(made.der() + "x").error(), "other bytes follow it in the same block");
  EXPECT_EQ(decode_authority(made.der() + "x")->fingerprint, sha256(made.der()));
}

TEST(DecodeCertificate, TellsKeyTypes) {
  EXPECT_EQ(decoded(CertificateBuilder().key(TestKey::rsa)).key_type, KeyType::rsa);
  EXPECT_EQ(decoded(CertificateBuilder().key(TestKey::ecdsa)).key_type, KeyType::ecdsa);
  EXPECT_EQ(decoded(CertificateBuilder().key(TestKey::ed25519)).key_type, KeyType::ed25519);
}

TEST(DecodeCertificate, TellsCommonNameOnly) {
  Certificate old = decoded(CertificateBuilder().common_name("old.example"));
  EXPECT_TRUE(old.common_name_only());
  EXPECT_FALSE(old.has_subject_alternative_names);
  EXPECT_FALSE(old.covers(Host::parse("old.example").value())) << "RFC 9525 does not go by it";

  Certificate uri_only = decoded(CertificateBuilder().common_name("old.example").uri("https://old.example/"));
  EXPECT_TRUE(uri_only.has_subject_alternative_names);
  EXPECT_FALSE(uri_only.common_name_only());
  EXPECT_TRUE(uri_only.names.empty());

  Certificate bare = decoded(CertificateBuilder());
  EXPECT_EQ(bare.common_name, "");
  EXPECT_EQ(bare.subject, "");
  EXPECT_FALSE(bare.common_name_only());
}

TEST(DecodeCertificate, PrintsNamesSafely) {
  EXPECT_EQ(decoded(CertificateBuilder().common_name("a\x1B[31m\nb")).common_name, "a\\x1b[31m\\x0ab");
  EXPECT_EQ(decoded(CertificateBuilder().common_name("a\x1B[31m\nb")).subject, "CN=a\\1B[31m\\0Ab");
  EXPECT_EQ(decoded(CertificateBuilder().common_name("M\xC3\xBCller")).common_name, "M\\xc3\\xbcller");
  EXPECT_EQ(decoded(CertificateBuilder().common_name("first").common_name("last")).common_name, "last");
}

TEST(DecodeCertificate, ShortensEndlessSubjects) {
  CertificateBuilder builder;
  for (int i = 0; i < 100; ++i) builder.subject("OU", std::string(60, 'x'));
  std::string subject = decoded(builder).subject;
  EXPECT_LT(subject.size(), 1100U);
  EXPECT_TRUE(subject.ends_with("…"));
}

TEST(DecodeCertificate, TellsSelfSignedAndAuthorities) {
  TestCertificate root =
      CertificateBuilder().common_name("Root").authority().key_identifiers("1", "1").build();
  EXPECT_TRUE(decode(root.der())->self_signed);
  EXPECT_TRUE(decode(root.der())->is_ca);
  EXPECT_TRUE(decoded(CertificateBuilder().common_name("Root")).self_signed);
  Certificate rolled_over =
      decoded(CertificateBuilder().common_name("Root").authority().key_identifiers("2", "1"));
  EXPECT_FALSE(rolled_over.self_signed) << "the same name, another key";
}

TEST(DecodeCertificate, ReadsDatesOfAllCenturies) {
  for (auto [from, until] :
       {std::pair("1950-01-01", "2049-12-31T23:59:59Z"), std::pair("2050-01-01", "9999-12-31T23:59:59Z"),
        std::pair("1969-12-31T23:59:59Z", "2024-02-29")}) {
    Certificate certificate = decoded(CertificateBuilder().valid(instant(from), instant(until)));
    EXPECT_EQ(certificate.not_before, instant(from)) << from;
    EXPECT_EQ(certificate.not_after, instant(until)) << until;
  }
}

TEST(Certificate, LastsToTheLastSecond) {
  Certificate certificate = decoded(CertificateBuilder().valid(instant("2026-01-01"), instant("2026-02-01")));
  EXPECT_FALSE(certificate.expired_at(instant("2026-02-01")));
  EXPECT_TRUE(certificate.expired_at(instant("2026-02-01T00:00:01Z")));
  EXPECT_TRUE(certificate.not_yet_valid_at(instant("2025-12-31T23:59:59Z")));
  EXPECT_FALSE(certificate.not_yet_valid_at(instant("2026-01-01")));
}

TEST(DecodeCertificate, KeepsACertificateWhoseNamesAreBroken) {
  Certificate broken = decoded(CertificateBuilder().subject_alternative_name_der("\x30\x05\x82"s));
  EXPECT_TRUE(broken.has_subject_alternative_names);
  EXPECT_TRUE(broken.names.empty());
  EXPECT_EQ(broken.unusable_names,
            std::vector<std::string>{"the whole subjectAltName (it cannot be decoded)"});

  Certificate twice = decoded(
      CertificateBuilder().names({"a.example"}).subject_alternative_name_der("\x30\x03\x82\x01\x61"s));
  EXPECT_TRUE(twice.names.empty());
  ASSERT_EQ(twice.unusable_names.size(), 1U);
  EXPECT_NE(twice.unusable_names[0].find("twice"), std::string::npos);
}

TEST(DecodeCertificate, ReadsTenThousandNames) {
  CertificateBuilder builder;
  for (int i = 0; i < 10000; ++i) builder.dns("n" + std::to_string(i) + ".example.com");
  Certificate certificate = decoded(builder);
  EXPECT_EQ(certificate.names.size(), 10000U);
  EXPECT_TRUE(certificate.covers(Host::parse("n9999.example.com").value()));
  EXPECT_FALSE(certificate.covers(Host::parse("n10000.example.com").value()));
}

TEST(DecodeCertificate, RefusesEveryTruncation) {
  std::string der = CertificateBuilder().names({"a.example"}).common_name("a").build().der();
  for (size_t size = 0; size < der.size(); ++size) EXPECT_FALSE(decode(der.substr(0, size))) << size;
}

TEST(DecodeCertificate, SaysWhyItRefuses) {
  TestCertificate made = CertificateBuilder().common_name("x").build();
  for (const std::string& der :
       {""s, "\x30\x03\x02\x01\x07"s, made.key_der(), made.request_der(), std::string(100, 'x')}) {
    auto refused = decode(der);
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().starts_with("it is not the encoding of an X.509 certificate ("))
        << refused.error();
  }
  std::string no_date = made.der();
  no_date.replace(no_date.find("260101000000Z"), 13, "26XX01000000Z");
  EXPECT_EQ(decode(no_date).error(), "its validity is not a pair of dates");
}

TEST(IsCertificateRequest, TellsRequestsFromCertificates) {
  TestCertificate made = CertificateBuilder().common_name("x").build();
  EXPECT_TRUE(is_certificate_request(made.request_der()));
  EXPECT_FALSE(is_certificate_request(made.der()));
  EXPECT_FALSE(is_certificate_request(""));
}

TEST(DecodeAuthority, ReadsIdentity) {
  TestCertificate made = CertificateBuilder().common_name("Root").authority().build();
  auto authority = decode_authority(made.der());
  ASSERT_TRUE(authority);
  EXPECT_EQ(authority->fingerprint, sha256(made.der()));
  EXPECT_EQ(authority->subject, "CN=Root");
  EXPECT_FALSE(decode_authority("x"));
}

}  // namespace
}  // namespace astray::x509_test
