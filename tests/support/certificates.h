#pragma once
// Real certificates for tests:
//
//   TestCertificate authority = CertificateBuilder().common_name("Test CA").authority().build();
//   TestCertificate site = CertificateBuilder().names({"example.com", "*.example.com", "192.0.2.1"})
//                              .issued_by(authority).build();
//   std::string path = folder.write("site.pem", site.pem() + authority.pem());
//
// Keys are the same for all certificates of a kind and protect nothing.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/instant.h"

namespace astray::test {

enum class TestKey : uint8_t { ecdsa, rsa, ed25519 };

/// "2026-01-31" or "2026-01-31T12:00:00Z".
Instant instant(std::string_view text);

class TestCertificate {
 public:
  const std::string& der() const { return der_; }
  std::string pem() const { return pem("CERTIFICATE"); }
  /// Under another label, "X509 CERTIFICATE" say.
  std::string pem(std::string_view label) const;
  /// OpenSSL's form with attributes of its own behind the certificate ("TRUSTED CERTIFICATE").
  std::string trusted_pem() const;
  std::string key_pem() const;
  std::string key_der() const;
  /// PKCS#8, encrypted with the password "secret".
  std::string encrypted_key_pem() const;
  /// The older form, with a Proc-Type header. Not for ed25519, which has none.
  std::string old_encrypted_key_pem() const;
  std::string pkcs12() const;
  /// A request for this subject.
  std::string request_pem() const;
  std::string request_der() const;
  /// The name under which `openssl rehash` files it: "1a2b3c4d.0".
  std::string hashed_name() const;
  TestKey key() const { return key_; }

 private:
  friend class CertificateBuilder;
  TestCertificate(std::string der, TestKey key) : der_(std::move(der)), key_(key) {}
  std::string der_;
  TestKey key_;
};

class CertificateBuilder {
 public:
  CertificateBuilder();

  /// subjectAltName entries: what reads as an address becomes an iPAddress, everything else a dNSName with
  /// exactly these bytes, allowed or not.
  CertificateBuilder& names(const std::vector<std::string>& texts);
  CertificateBuilder& dns(std::string_view bytes);
  CertificateBuilder& address_bytes(std::string_view bytes);
  CertificateBuilder& uri(std::string_view text);
  /// The whole subjectAltName as DER, for broken ones.
  CertificateBuilder& subject_alternative_name_der(std::string_view der);

  CertificateBuilder& common_name(std::string_view text);
  /// One more part of the subject: subject("O", "Example Ltd").
  CertificateBuilder& subject(std::string_view attribute, std::string_view text);
  /// Default: 2026-01-01 to 2036-01-01.
  CertificateBuilder& valid(Instant from, Instant until);
  CertificateBuilder& authority();
  /// Default: self-signed.
  CertificateBuilder& issued_by(const TestCertificate& issuer);
  CertificateBuilder& key_identifiers(std::string_view own, std::string_view authority);
  CertificateBuilder& key(TestKey kind);
  CertificateBuilder& serial(int64_t number);

  TestCertificate build() const;

 private:
  enum class Entry : uint8_t { dns, address, uri };
  std::vector<std::pair<Entry, std::string>> entries_;
  std::string subject_alternative_name_der_;
  std::vector<std::pair<std::string, std::string>> subject_;
  Instant from_;
  Instant until_;
  bool authority_ = false;
  std::string issuer_der_;
  TestKey issuer_key_ = TestKey::ecdsa;
  std::string own_key_identifier_;
  std::string authority_key_identifier_;
  TestKey key_ = TestKey::ecdsa;
  int64_t serial_ = 1;
};

/// PEM armour around any bytes.
std::string pem_block(std::string_view label, std::string_view bytes);

}  // namespace astray::test
