#pragma once
#include <string>
#include <vector>

#include "tls/certificate_source.h"

namespace astray {

/// Another source's certificates, with absolute paths looked for below `root`, as DiskFiles does for
/// configurations. An error names the path with the root: that is where the file is missing.
class RootedCertificateSource : public CertificateSource {
 public:
  RootedCertificateSource(CertificateSource& source, std::string root)
      : source_(source), root_(std::move(root)) {}

  CertificateResult load(const std::string& path) override;
  void preload(const std::vector<std::string>& paths) override;
  AuthoritiesResult load_authorities(const std::string& path) override;
  AuthoritiesResult load_authority_directory(const std::string& path) override;

 private:
  std::string below_root(const std::string& path) const;

  CertificateSource& source_;
  std::string root_;
};

}  // namespace astray
