#pragma once
// What is true of one connection, whoever looks at it: a gateway that holds it, a client that pools it, a
// probe that opened it, an auditor that imagines it, an explainer that found it in a capture.
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "names/certificate_name.h"
#include "names/ip_address.h"
#include "names/port.h"
#include "names/raw_host.h"

namespace astray {

/// An HTTP version as a connection speaks it.
enum class Protocol : uint8_t { h1, h2, h3 };
std::string_view to_string(Protocol protocol);

/// What a client offers in ALPN (RFC 7301). `h2` is what browsers send: h2 first, then http/1.1.
enum class AlpnOffer : uint8_t { none, h1, h2, h2_only };
std::string_view to_string(AlpnOffer offer);

/// Digests of what the parties settled in the handshake, compared by content, never by name or path:
/// equal digests mean that neither side could tell the two policies apart. 0 stands for "no such
/// requirement".
struct PolicyDigest {
  uint64_t client_authentication = 0;  ///< verify mode, CA set, depth, CRLs
  uint64_t tls = 0;                    ///< protocol versions and cipher suites
  bool operator==(const PolicyDigest&) const = default;
};

/// Which listener of a port took a handshake, where listeners are kept apart by host name (Gateway API): a
/// digest of its host name pattern, so that a reload changes nothing. 0: the port's listeners are not told
/// apart.
struct ListenerDigest {
  uint64_t value = 0;
  bool operator==(const ListenerDigest&) const = default;
};

/// Who opened the connection. A `trusted_gateway` has judged the TLS side itself (RFC 9110 §7.4): only the
/// authority counts here.
enum class Peer : uint8_t { client, trusted_gateway };

/// The certificate that a client holds and would present when asked.
struct ClientCertificate {
  std::string
      authority_digest;  ///< digest of the CA set it chains to, as CertificateAuthorities::digest, in hex
};

struct ConnectionFacts {
  Scheme scheme = Scheme::https;  ///< https: TLS runs on this connection
  /// The address the client connected to; absent: the listener says it all.
  std::optional<IpAddress> local_address{};
  std::optional<Port> local_port{};
  std::optional<RawHost> sni{};  ///< server_name as sent; absent: the extension was not sent
  AlpnOffer alpn = AlpnOffer::h1;
  Protocol protocol = Protocol::h1;  ///< negotiated; before the handshake is judged: ignored
  std::optional<ClientCertificate> client_certificate{};
  /// Of every certificate the server proved on this connection.
  std::span<const CertificateName> certificate_names{};
  PolicyDigest policy{};      ///< of the virtual host that answered the handshake
  bool resumed = false;       ///< the TLS session was resumed
  ListenerDigest listener{};  ///< that took the handshake
  Peer peer = Peer::client;
};

}  // namespace astray
