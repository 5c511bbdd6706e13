#include "servers/kubernetes/pem_certificates.h"

#include "tls/certificate_file.h"

namespace astray::kubernetes {

std::string PemCertificates::bytes_of(const std::string& path) const {
  const auto found = pem_.find(path);
  return found == pem_.end() ? std::string() : found->second;
}

CertificateResult PemCertificates::load(const std::string& path) {
  const auto known = certificates_.find(path);
  if (known != certificates_.end()) return known->second;
  return certificates_.emplace(path, read_certificate_bytes(bytes_of(path), path)).first->second;
}

AuthoritiesResult PemCertificates::load_authorities(const std::string& path) {
  const auto known = authorities_.find(path);
  if (known != authorities_.end()) return known->second;
  return authorities_.emplace(path, read_authorities_bytes(bytes_of(path), path)).first->second;
}

AuthoritiesResult PemCertificates::load_authority_directory(const std::string& path) {
  return load_authorities(path);
}

}  // namespace astray::kubernetes
