#pragma once
#include <map>
#include <string>
#include <vector>

#include "tls/certificate_source.h"

namespace astray {

/// A certificate in the words of a test or a rule page.
struct DeclaredCertificate {
  std::vector<std::string> names;  ///< "example.com", "*.example.com", "192.0.2.1", "2001:db8::1"
  std::string common_name;         ///< without `names`, the certificate has a common name only
  Instant not_before{0};
  Instant not_after{INT64_MAX};
  KeyType key_type = KeyType::ecdsa;
  std::string issuer = "CN=Declared CA";
  /// Tells apart certificates that are otherwise declared alike (a renewal, say).
  std::string serial;
};

/// Certificates by declaration: no file is opened. What was not declared is missing.
class FakeCertificateSource : public CertificateSource {
 public:
  /// Equal declarations under two paths are one certificate, as equal bytes in two files are.
  FakeCertificateSource& declare(const std::string& path, const DeclaredCertificate& certificate);
  FakeCertificateSource& declare(const std::string& path, std::vector<std::string> names);
  /// The set of CAs, by subject, that a file or a folder holds.
  FakeCertificateSource& declare_authorities(const std::string& path,
                                             const std::vector<std::string>& subjects);
  FakeCertificateSource& declare_problem(const std::string& path, CertificateProblem problem);

  CertificateResult load(const std::string& path) override;
  void preload(const std::vector<std::string>& paths) override;
  AuthoritiesResult load_authorities(const std::string& path) override;
  AuthoritiesResult load_authority_directory(const std::string& path) override;

 private:
  std::map<std::string, CertificateResult> certificates_;
  std::map<std::string, AuthoritiesResult> authorities_;
  std::map<Digest, std::shared_ptr<const Certificate>> by_fingerprint_;
};

}  // namespace astray
