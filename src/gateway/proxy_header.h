#pragma once
// The PROXY protocol, versions 1 and 2: what a proxy of layer 4 says about a connection before its first byte
// (HAProxy's proxy-protocol.txt, 2020/03/05). To be read from trusted peers alone: whoever may send one may
// say any address.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "names/endpoint.h"

namespace astray::gateway {

/// Whether the client spoke TLS to the proxy that wrote the header.
enum class ProxiedTls : uint8_t { not_told, none, used };

struct ProxyHeader {
  /// A port may be 0 here, where the proxy has none to tell.
  struct Addresses {
    Endpoint source;
    Endpoint destination;
    bool operator==(const Addresses&) const = default;
  };
  /// Nothing: the connection's own are meant. The proxy speaks for itself (LOCAL, a health check), or does
  /// not know (UNKNOWN, AF_UNSPEC), or speaks of other than TCP over IP.
  std::optional<Addresses> addresses{};
  ProxiedTls tls = ProxiedTls::not_told;
  /// PP2_TYPE_AUTHORITY: the name that the client asked the proxy for, mostly its SNI; as it was sent.
  std::optional<std::string> authority{};

  bool operator==(const ProxyHeader&) const = default;
};

enum class ProxyHeaderProblem : uint8_t {
  no_header,          ///< the bytes begin otherwise
  malformed_line,     ///< version 1: not "PROXY TCP4 source destination port port" and its like, or over 107
                      ///< bytes
  malformed_address,  ///< an address that is none, or of the other family
  malformed_port,
  unknown_version,  ///< the signature of version 2, and another version behind it
  unknown_command,
  too_long,          ///< version 2: more than `most_proxy_header_bytes`
  too_short,         ///< version 2: its length has no room for its addresses
  malformed_vector,  ///< version 2: a type-length-value vector that ends behind the header, or is too short
  wrong_checksum,    ///< PP2_TYPE_CRC32C
};
/// "malformed-line".
std::string_view to_string(ProxyHeaderProblem problem);

/// Of a whole header of version 2; vectors of certificates are larger in nobody's practice.
inline constexpr size_t most_proxy_header_bytes = 4096;

struct ProxyHeaderIncomplete {
  bool operator==(const ProxyHeaderIncomplete&) const = default;
};
struct ProxyHeaderRead {
  ProxyHeader header;
  size_t size;  ///< bytes; what follows is the connection's
  bool operator==(const ProxyHeaderRead&) const = default;
};
using ProxyHeaderReading = std::variant<ProxyHeaderIncomplete, ProxyHeaderRead, ProxyHeaderProblem>;

/// `bytes`: all that came so far. Reads no further than the header, of whichever version.
ProxyHeaderReading read_proxy_header(std::string_view bytes);

}  // namespace astray::gateway
