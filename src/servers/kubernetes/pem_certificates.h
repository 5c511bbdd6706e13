#pragma once
#include <map>
#include <string>

#include "tls/certificate_source.h"

namespace astray::kubernetes {

/// Certificates and authorities of objects, by the keys of ManifestGateway::pem. There are no others.
class PemCertificates : public CertificateSource {
 public:
  explicit PemCertificates(const std::map<std::string, std::string>& pem) : pem_(pem) {}

  CertificateResult load(const std::string& path) override;
  void preload(const std::vector<std::string>&) override {}
  AuthoritiesResult load_authorities(const std::string& path) override;
  AuthoritiesResult load_authority_directory(const std::string& path) override;

 private:
  std::string bytes_of(const std::string& path) const;

  const std::map<std::string, std::string>& pem_;
  std::map<std::string, CertificateResult> certificates_{};
  std::map<std::string, AuthoritiesResult> authorities_{};
};

}  // namespace astray::kubernetes
