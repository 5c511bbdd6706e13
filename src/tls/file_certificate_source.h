#pragma once
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tls/certificate_source.h"

namespace astray {

/// Certificates from files, PEM or (though nginx and httpd start with PEM only) DER. Each path is opened
/// once; the same leaf with a chain of the same length under two paths is one object. Private keys are never
/// read: where a file holds one too, its bytes pass through a buffer that is wiped.
class FileCertificateSource : public CertificateSource {
 public:
  CertificateResult load(const std::string& absolute_path) override;
  /// With as many threads as the machine has cores.
  void preload(const std::vector<std::string>& absolute_paths) override;
  AuthoritiesResult load_authorities(const std::string& absolute_path) override;
  AuthoritiesResult load_authority_directory(const std::string& absolute_path) override;

 private:
  const CertificateResult& remember(const std::string& path, CertificateResult result);

  std::unordered_map<std::string, CertificateResult> certificates_;
  std::map<std::pair<Digest, int>, std::shared_ptr<const Certificate>> by_content_;  ///< leaf, chain length
  std::unordered_map<std::string, AuthoritiesResult> authority_files_;
  std::unordered_map<std::string, AuthoritiesResult> authority_directories_;
};

}  // namespace astray
