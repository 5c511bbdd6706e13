#pragma once
// Where nginx's behaviour changes, by the release that brought the change (CHANGES,
// docs/xml/nginx/changes.xml).
#include "servers/model/version.h"

namespace astray::nginx {

inline constexpr Version newest{1, 31, 4};

/// `http2 on|off` per server; `listen … http2` is deprecated, `ssl on` gone, h2c beside h1 on a cleartext
/// listener.
inline bool has_http2_directive(Version v) {
  return v >= Version{1, 25, 1};
}
inline bool has_ssl_on(Version v) {
  return v < Version{1, 25, 1};
}
/// QUIC listeners and `http3`.
inline bool has_http3(Version v) {
  return v >= Version{1, 25, 0};
}
inline bool tls1_3_is_default(Version v) {
  return v >= Version{1, 23, 4};
}
inline bool old_tls_is_default(Version v) {
  return v < Version{1, 27, 3};
}
/// `ssl_trusted_certificate` suffices for `ssl_verify_client`.
inline bool client_certificate_directive_is_optional(Version v) {
  return v >= Version{1, 27, 2};
}
/// `server_name` in stream { }.
inline bool has_stream_virtual_servers(Version v) {
  return v >= Version{1, 25, 5};
}
/// ALPN without a common protocol ends the handshake.
inline bool refuses_unknown_alpn(Version v) {
  return v >= Version{1, 21, 4};
}
/// Host and :authority in HTTP/2 may stand together if they are equal; before, the pair is answered 400
/// (a defect of 1.17.9 and newer).
inline bool accepts_equal_host_and_authority(Version v) {
  return v >= Version{1, 29, 1};
}
/// The virtual host is chosen in the ClientHello callback: sessions resume under its own settings, and
/// `ssl_protocols` counts per server.
inline bool chooses_server_before_resumption(Version v) {
  return v >= Version{1, 29, 2};
}
/// Host, :authority and SNI follow RFC 3986: no bytes beyond ASCII, digits alone behind ':'.
inline bool validates_host_strictly(Version v) {
  return v >= Version{1, 29, 4};
}
/// Upstreams keep 32 idle connections per location unless told otherwise, proxy_http_version is 1.1 and no
/// "Connection: close" is sent.
inline bool keeps_back_connections_by_default(Version v) {
  return v >= Version{1, 29, 7};
}
/// An empty `proxy_set_header Host ""` sends $proxy_host.
inline bool replaces_empty_host(Version v) {
  return v >= Version{1, 31, 4};
}

/// Whether a TLS 1.3 session of one virtual host can be resumed at another that verifies client certificates
/// (CVE-2025-23419): refused since 1.27.4, and since 1.29.2 each virtual host resumes its own sessions alone.
inline bool sessions_cross_virtual_hosts(Version v) {
  return v < Version{1, 27, 4};
}

}  // namespace astray::nginx
