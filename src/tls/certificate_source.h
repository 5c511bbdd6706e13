#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tls/certificate.h"

namespace astray {

enum class CertificateProblem : uint8_t {
  missing,            ///< no such file
  unreadable,         ///< no permission, a directory where a file is expected, an I/O error
  empty,              ///< nothing in it (blanks and comments at most); a directory without certificates
  too_large,          ///< beyond 1 MiB, or more than 100 certificates in a chain
  only_private_key,   ///< a readable key and no certificate
  encrypted,          ///< an encrypted key and no certificate, or a PKCS#12 container
  not_a_certificate,  ///< a request (CSR), a public key, DH parameters, a CRL, text, …
  malformed,          ///< a certificate is begun but cannot be decoded
  url_or_engine,  ///< "engine:…", "data:…", "store:…", "pkcs11:…" or a variable: no file can be opened
};
/// "missing", "only-private-key": stable, for machine-readable reports.
std::string_view to_string(CertificateProblem problem);

struct CertificateError {
  CertificateProblem problem;
  std::string path;
  std::string message;  ///< whole sentences: what, where, what was expected, what to do
};

using CertificateResult = Result<std::shared_ptr<const Certificate>, CertificateError>;

/// The certificates that client certificates are verified against, compared by content and never by path.
struct CertificateAuthorities {
  Digest digest{};                    ///< over the set: order and repetition in the file do not count
  /// Where the set has several: the digests that each would have as a set of its own, in hex, sorted. Who holds
  /// a certificate of one of them is trusted by the set.
  std::vector<std::string> members;
  std::vector<std::string> subjects;  ///< RFC 2253 form, in the file's order, each certificate once
  int count = 0;                      ///< distinct certificates

  bool operator==(const CertificateAuthorities& other) const { return digest == other.digest; }
};

using AuthoritiesResult = Result<std::shared_ptr<const CertificateAuthorities>, CertificateError>;

/// Where a configuration reader gets its certificates from: real files, or declared ones in tests and rule
/// pages. A source gives the same object for the same path as long as it lives. Not for use from several
/// threads at once.
class CertificateSource {
 public:
  CertificateSource() = default;
  CertificateSource(const CertificateSource&) = delete;
  CertificateSource& operator=(const CertificateSource&) = delete;
  virtual ~CertificateSource() = default;

  /// The file that ssl_certificate or SSLCertificateFile names. The path is absolute, or one of the forms
  /// that name no file, as written in the configuration.
  virtual CertificateResult load(const std::string& absolute_path) = 0;

  /// Announces paths that load() will be asked for, so that a source may read them together. Failures are
  /// kept for load().
  virtual void preload(const std::vector<std::string>& absolute_paths) = 0;

  /// A file of CA certificates: ssl_client_certificate, ssl_trusted_certificate, SSLCACertificateFile.
  virtual AuthoritiesResult load_authorities(const std::string& absolute_path) = 0;
  /// A folder of CA certificates under their hashed names (SSLCACertificatePath), as `openssl rehash` makes
  /// it.
  virtual AuthoritiesResult load_authority_directory(const std::string& absolute_path) = 0;
};

}  // namespace astray
