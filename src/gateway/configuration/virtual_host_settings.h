#pragma once
#include "gateway/configuration/route_settings.h"

namespace astray::gateway {

/// The files of one certificate; the certificate's has its chain behind it.
struct CertificateFiles {
  Placed<FilePath> certificate;
  Placed<FilePath> key;
  std::optional<Placed<FilePath>> staple;  ///< an OCSP response in DER
};

enum class ClientCertificateMode : uint8_t { none, optional, required };

struct ClientAuthenticationSettings {
  ClientCertificateMode mode = ClientCertificateMode::none;
  std::optional<Placed<FilePath>> authorities;
  uint32_t depth = 4;  ///< certificates between the client's and the authority's
};

enum class TlsVersion : uint8_t { tls1_2, tls1_3 };

struct TlsPolicySettings {
  Placed<TlsVersion> minimum{TlsVersion::tls1_2, {}};
  TlsVersion maximum = TlsVersion::tls1_3;
  std::vector<PlainText> ciphers;  ///< OpenSSL's names, of any version; none: OpenSSL's defaults
};

enum class HttpVersion : uint8_t { h2, http1_1 };

/// What a request gets whose authority nobody owns, on a connection of this virtual host.
enum class UnownedSetting : uint8_t { misdirected, not_found, close };

/// Which other names may be asked for on a connection of this virtual host, and where its names may be.
enum class Coalescing : uint8_t {
  same_policy,  ///< where certificate and policies agree
  never,        ///< only the virtual host of the handshake: Gateway API listeners
};

struct VirtualHostSettings {
  Placed<Label> name;
  std::vector<Placed<NamePattern>> names;
  std::vector<Placed<Label>> listeners;  ///< none: all with TLS
  std::vector<CertificateFiles> certificates;
  ClientAuthenticationSettings client_authentication;
  TlsPolicySettings tls;
  std::vector<HttpVersion> protocols{HttpVersion::h2, HttpVersion::http1_1};
  UnownedSetting unowned = UnownedSetting::misdirected;
  Coalescing coalesce = Coalescing::same_policy;
  /// Of Coalescing::never: virtual hosts with the same word may be asked for on one another's connections. Manifests of
  /// the Gateway API set it, where several are one listener; "": it is one by itself.
  std::string part_of;
  bool certificate_need_not_cover_names = false;  ///< for laboratories: every such name gets false answers
  std::vector<RouteSettings> routes;              ///< the first that matches
};

}  // namespace astray::gateway
