#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tls/certificate_source.h"

namespace astray {

/// A certificate in the words of a test or a rule page.
struct DeclaredCertificate {
  /// "example.com", "*.example.com", "192.0.2.1", "2001:db8::1"; without any, the certificate has a common
  /// name at most.
  std::vector<std::string> names{};
  std::string common_name{};
  Instant not_before{0};
  Instant not_after{INT64_MAX};
  KeyType key_type = KeyType::ecdsa;
  std::string issuer = "CN=Declared CA";
  std::string serial{};  ///< tells apart certificates that are otherwise declared alike (a renewal, say)
};

/// Certificates by declaration: no file is opened. What was not declared is missing.
class FakeCertificateSource : public CertificateSource {
 public:
  /// Equal declarations under two paths are one certificate, as equal bytes in two files are.
  FakeCertificateSource& declare(const std::string& path, const DeclaredCertificate& declared);
  FakeCertificateSource& declare(const std::string& path, std::vector<std::string> names);
  FakeCertificateSource& declare_problem(const std::string& path, CertificateProblem problem);
  /// The authorities, by subject, that a file or a folder holds.
  FakeCertificateSource& declare_authorities(const std::string& path,
                                             const std::vector<std::string>& subjects);

  CertificateResult load(const std::string& path) override;
  void preload(const std::vector<std::string>&) override {}
  AuthoritiesResult load_authorities(const std::string& path) override;
  AuthoritiesResult load_authority_directory(const std::string& path) override;

 private:
  std::map<std::string, CertificateResult> certificates_;
  std::map<Digest, std::shared_ptr<const Certificate>> by_content_;
  std::map<std::string, AuthoritiesResult> authorities_;
};

/// What a FakeCertificateSource makes of a declaration. A name that can cover nothing becomes an unusable
/// name.
Certificate make_certificate(const DeclaredCertificate& declared);

}  // namespace astray
