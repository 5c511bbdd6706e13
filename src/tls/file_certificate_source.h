#pragma once
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "tls/certificate_source.h"

namespace astray {

/// Certificates from files, PEM or DER. Each path is opened once; the same certificate chain under two paths
/// is one object. Private keys are never read: of a file that holds one, its bytes pass through a buffer that
/// is wiped.
class FileCertificateSource : public CertificateSource {
 public:
  /// For a configuration that is read below a folder of its own (a copy of a server's file system): every
  /// path is looked up below `root`, messages show the path as configured. "" is the file system itself.
  explicit FileCertificateSource(std::string root = "");

  CertificateResult load(const std::string& absolute_path) override;
  /// Over as many threads as the machine has cores.
  void preload(const std::vector<std::string>& absolute_paths) override;
  AuthoritiesResult load_authorities(const std::string& absolute_path) override;
  AuthoritiesResult load_authority_directory(const std::string& absolute_path) override;

 private:
  const CertificateResult& keep(const std::string& path, CertificateResult result);

  std::string root_;
  std::unordered_map<std::string, CertificateResult> certificates_;
  std::map<std::pair<Digest, int>, std::shared_ptr<const Certificate>> shared_;  ///< by leaf and chain length
  std::unordered_map<std::string, AuthoritiesResult> authorities_;
  std::unordered_map<std::string, AuthoritiesResult> authority_directories_;
};

}  // namespace astray
