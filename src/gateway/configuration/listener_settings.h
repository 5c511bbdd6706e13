#pragma once
#include "gateway/configuration/settings_values.h"
#include "names/endpoint.h"

namespace astray::gateway {

/// What a handshake gets whose SNI nobody claims, or that has none.
enum class SniFallback : uint8_t {
  reject,        ///< the alert unrecognized_name (RFC 6066 §3)
  default_host,  ///< the listener's default virtual host
};

/// What a listener without TLS answers for names that are served over TLS.
enum class CleartextAnswer : uint8_t { redirect, serve, misdirected };

/// Where a trusted gateway says which scheme its client used.
enum class SchemeSource : uint8_t {
  proxy_protocol,  ///< the SSL part of PROXY protocol version 2
  forwarded,       ///< Forwarded: proto (RFC 7239)
};

/// Who must speak the PROXY protocol. Others must not.
struct ProxyProtocolSettings {
  std::vector<Placed<AddressBlock>> from;
};

/// ORIGIN frames (RFC 8336) on HTTP/2 connections.
struct OriginFrameSettings {
  bool send = true;
  uint32_t most = 64;  ///< origins in one frame set; beyond, none is sent: a part would be a lie
};

struct ListenerSettings {
  Placed<Label> name;
  Placed<Endpoint> address{{IpAddress::v4({0, 0, 0, 0}), Port(443)}, {}};
  uint32_t public_port = 0;  ///< that clients name, where it is translated on the way; 0: the address's
  bool tls = true;
  SniFallback unknown_sni = SniFallback::reject;
  SniFallback missing_sni = SniFallback::reject;
  std::optional<Placed<Label>> default_virtual_host;
  CleartextAnswer cleartext = CleartextAnswer::redirect;
  std::optional<ProxyProtocolSettings> proxy_protocol;
  /// RFC 9110 §7.4: peers that judged the TLS side themselves; their requests are judged by authority alone.
  std::vector<Placed<AddressBlock>> trusted_gateways;
  std::optional<Placed<SchemeSource>> scheme_from;
  OriginFrameSettings origin_frames;
};

}  // namespace astray::gateway
