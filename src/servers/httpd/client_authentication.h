#pragma once
#include <optional>
#include <string_view>

#include "servers/model/behaviour.h"
#include "servers/model/tls_settings.h"

namespace astray::httpd {

/// What becomes of the client's certificate, or of its absence, in the handshake.
struct ClientCertificateAnswer {
  enum class Outcome : uint8_t { accepted, rejected, unknowable };
  Outcome outcome = Outcome::accepted;
  Reason reason = Reason::own_name;
  std::string_view alert = {};
};

/// Whose settings count: `asking` sends the request for a certificate and has the CAs; `judging` is the
/// virtual host that SNI chose. They differ only where that one has no TLS itself.
struct HandshakeSettings {
  const TlsSettings& asking;
  const TlsSettings& judging;
  uint8_t versions;  ///< the newest is taken for negotiated
};
ClientCertificateAnswer authenticate_client(const HandshakeSettings& settings,
                                            const std::optional<ClientCertificate>& certificate);

/// The same after the handshake (ssl_hook_Access), when the request's virtual host or its <Location "/">
/// demands more than the handshake did. The client is taken to lack the post_handshake_auth extension of
/// TLS 1.3, as browsers do.
struct LateDemand {
  ClientAuthentication in_place;    ///< what the handshake asked for
  ClientAuthentication server;      ///< SSLVerifyClient of the request's virtual host
  ClientAuthentication location;    ///< of its <Location "/">
  bool authorities_differ = false;  ///< the request's virtual host has CAs, and others than the handshake's
  const TlsSettings& asked;
  uint8_t versions;
  Protocol protocol;
};
struct LateAnswer {
  bool refused = false;
  int status = 0;  ///< 0 when refused without a status: a reset stream or an alert
};
LateAnswer authenticate_late(const LateDemand& demand, const std::optional<ClientCertificate>& certificate);

}  // namespace astray::httpd
