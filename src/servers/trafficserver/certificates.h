#pragma once
// ssl_multicert.config (ssl_multicert.yaml after 10.x): which certificates there are, and which an SNI or an address
// gets. iocore/net/SSLCertLookup.cc, SSLUtils.cc
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "servers/model/server.h"

namespace astray::trafficserver {

/// Certificates that are presented together: of one entry, for the names that all of them have or for those of one.
struct CertificateContext {
  SourceSpan span;
  TlsSettings tls;            ///< its certificates alone
  bool has_own_ca = false;    ///< ssl_ca_name: clients are not verified against the CAs of records.config then
};

class CertificateIndex {
 public:
  struct Choice {
    const CertificateContext* context = nullptr;  ///< null with `is_known`: there is none, and the handshake fails
    bool by_name = false;
    bool is_known = true;
  };
  /// `sni`: "" for none; `local`: where the connection arrived, absent if not known.
  Choice choose(std::string_view sni, const std::optional<IpAddress>& local, int port) const;

 private:
  friend class CertificateReader;
  std::vector<CertificateContext> contexts_;
  std::unordered_map<std::string, size_t> by_name_;
  std::unordered_map<std::string, size_t> below_;       ///< "b.test" for "*.b.test"
  std::unordered_map<std::string, size_t> by_address_;  ///< "192.0.2.1", "192.0.2.1:443"
  std::optional<size_t> default_;
  std::optional<size_t> first_unread_;  ///< context of a certificate that could not be read: it may have any name
};

/// Certificates lie below `certificate_folder` unless their path is absolute; keys below `key_folder`.
struct CertificateFolders {
  std::string certificates, keys;
};
CertificateIndex read_multicert_config(SourceFileId file, std::string_view text, const CertificateFolders& folders,
                                       const ReadOptions& options, Deployment& deployment);
CertificateIndex read_multicert_yaml(SourceFileId file, std::string_view text, const CertificateFolders& folders,
                                     const ReadOptions& options, Deployment& deployment);

}  // namespace astray::trafficserver
