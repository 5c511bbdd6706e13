#pragma once
#include <cstdint>
#include <string_view>

namespace astray::gateway {

/// What a field of a request or response is to a gateway.
enum class FieldRole : uint8_t {
  end_to_end,
  /// Belongs to one connection (RFC 9110 §7.6.1) or to the hop before us: Connection, Keep-Alive,
  /// Proxy-Connection, Transfer-Encoding, TE, Upgrade, HTTP2-Settings, Proxy-Authenticate,
  /// Proxy-Authorization. Also Proxy, which becomes HTTP_PROXY in a CGI's environment ("httpoxy").
  connection,
  /// Has a place of its own in RequestHead or ResponseHead: Host, Content-Length, Expect.
  typed,
  /// Says about the client what only a gateway can know, or stands in for the URL: Forwarded (RFC 7239),
  /// X-Forwarded-*, X-Real-IP, Client-Cert and Client-Cert-Chain (RFC 9440), X-Original-URL,
  /// X-Original-Host, X-Rewrite-URL.
  claim,
};

/// Of a name in lower case. '_' counts as '-' here: many backs see fields as CGI variables (RFC 3875
/// §4.1.18), where "X_Real_IP" and "X-Real-IP" are one.
FieldRole role_of(std::string_view name);

}  // namespace astray::gateway
