#pragma once
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "servers/model/tls_settings.h"
#include "servers/nginx/reading.h"
#include "servers/nginx/scope.h"
#include "tls/certificate_source.h"

namespace astray::nginx {

/// Opens certificates, each path once; what cannot be read is reported at the first place that names it.
class CertificateLoader {
 public:
  explicit CertificateLoader(CertificateSource& source) : source_(source) {}

  /// Announces every certificate that the tree names, so that the source may read them together.
  void preload(const Reading& reading);
  std::shared_ptr<const Certificate> load(const std::string& path, SourceSpan span, Problems& problems);
  /// A file of CA certificates; null when it cannot be read.
  std::shared_ptr<const CertificateAuthorities> authorities(const std::string& path, SourceSpan span,
                                                            Problems& problems);

 private:
  CertificateSource& source_;
  std::unordered_map<std::string, std::shared_ptr<const Certificate>> loaded_;
  std::unordered_map<std::string, std::shared_ptr<const CertificateAuthorities>> authorities_;
};

/// The ssl_* settings of a server { }, http { } or stream { }, inheritance included. `enabled` is left to the
/// caller.
TlsSettings read_tls(const Scope& scope, const Reading& reading);

}  // namespace astray::nginx
