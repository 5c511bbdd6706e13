#pragma once
#include <string>

#include "servers/haproxy/bind.h"
#include "servers/haproxy/tls_options.h"

namespace astray::haproxy {

/// Fills a bind line's contexts, in the order in which HAProxy loads certificates.
class CertificateReader {
 public:
  CertificateReader(const TlsOptions& options, Bind& bind, Reading& reading)
      : options_(options), bind_(bind), reading_(reading) {}

  /// `crt PATH`: a file, a bundle (PATH.ecdsa, PATH.rsa, PATH.dsa) or a folder of them.
  void read_path(const Line& line, size_t at);
  /// `crt-list PATH`.
  void read_list(const Line& line, size_t at);

 private:
  void take_list_line(const Line& line);
  static void take_filter(TlsContext& context, std::string_view filter, SourceSpan span);
  /// A context for the certificate, or for each of a bundle's: those behind the `size_t` that comes back.
  size_t add(const std::string& path, SourceSpan span, const TlsOptions& options);
  void add_one(const std::string& file, const CertificateResult& read, SourceSpan span, const TlsOptions& options);
  static void take_names(TlsContext& context);
  void take_names_from(size_t first);

  const TlsOptions& options_;
  Bind& bind_;
  Reading& reading_;
};

}  // namespace astray::haproxy
