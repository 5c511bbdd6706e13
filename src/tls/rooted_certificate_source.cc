#include "tls/rooted_certificate_source.h"

namespace astray {

std::string RootedCertificateSource::below_root(const std::string& path) const {
  return path.starts_with('/') ? root_ + path : path;
}

CertificateResult RootedCertificateSource::load(const std::string& path) {
  return source_.load(below_root(path));
}

void RootedCertificateSource::preload(const std::vector<std::string>& paths) {
  std::vector<std::string> mapped;
  mapped.reserve(paths.size());
  for (const std::string& path : paths) mapped.push_back(below_root(path));
  source_.preload(mapped);
}

AuthoritiesResult RootedCertificateSource::load_authorities(const std::string& path) {
  return source_.load_authorities(below_root(path));
}

AuthoritiesResult RootedCertificateSource::load_authority_directory(const std::string& path) {
  return source_.load_authority_directory(below_root(path));
}

}  // namespace astray
