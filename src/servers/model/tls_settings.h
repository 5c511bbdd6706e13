#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "servers/model/setting.h"
#include "tls/certificate.h"
#include "verdict/connection_facts.h"

namespace astray {

struct CertificateAuthorities;

enum class ClientAuthentication : uint8_t { off, optional, optional_no_ca, required };
std::string_view to_string(ClientAuthentication mode);

/// Bits of TlsSettings::versions.
namespace tls_version {
inline constexpr uint8_t ssl3 = 1, tls1_0 = 2, tls1_1 = 4, tls1_2 = 8, tls1_3 = 16;
}

/// One certificate that a virtual host presents, and where that is said.
struct CertificateUse {
  std::string path;      ///< absolute, as the server would open it
  std::string key_path;  ///< never opened; httpd compares it as text
  SourceSpan span;
  Provenance provenance = Provenance::set;
  std::shared_ptr<const Certificate> certificate;  ///< null: could not be read (Deployment::problems says why)
};

/// The certificates that a client's certificate is verified against.
struct ClientAuthorities {
  Setting<std::string> file;             ///< "" when none
  Setting<std::string> path;             ///< httpd SSLCACertificatePath
  std::optional<std::string> digest;     ///< of the set's content, hex; absent: none stated, or not readable
  /// nginx: of each file of the set (ssl_client_certificate, ssl_trusted_certificate); a certificate that chains to
  /// any of them is trusted. Of one file, it is `digest` again.
  std::vector<std::string> trusted_digests;
  std::vector<std::shared_ptr<const CertificateAuthorities>> sets;  ///< what could be read, in the same order

  /// Whether a certificate of this CA set is trusted: the set is one of these, or one CA out of them.
  bool trusts(std::string_view authority_digest) const;
};

/// What a virtual host demands of a TLS connection.
struct TlsSettings {
  Setting<bool> enabled;                 ///< httpd SSLEngine; nginx: true where a listener with `ssl` carries it
  std::vector<CertificateUse> certificates;
  Setting<uint8_t> versions;             ///< tls_version bits
  Setting<std::string> ciphers;          ///< TLS ≤ 1.2, as written
  Setting<std::string> ciphersuites;     ///< TLS 1.3, as written
  Setting<ClientAuthentication> client_authentication;
  ClientAuthorities client_authorities;
  Setting<int> verify_depth;
  Setting<std::string> revocation_list;
  Setting<bool> session_tickets;
  Setting<std::string> session_ticket_keys;  ///< paths, as written, joined by a blank; never opened
  Setting<std::string> session_cache;        ///< as written: "shared:SSL:10m", "none", …
  Setting<bool> reject_handshake;            ///< nginx ssl_reject_handshake
  std::vector<std::string> other;            ///< further settings that httpd's comparison counts (SSLOpenSSLConfCmd, SRP, CA names), "Directive value"
};

/// Content digests for "are these two policies the same to a client?"; equal content under two paths is equal.
PolicyDigest digest(const TlsSettings& settings);

}  // namespace astray
