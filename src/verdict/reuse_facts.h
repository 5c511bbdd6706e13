#pragma once
// What a client knows when it decides whether a new request may go on a connection that it already holds.
// Everything is plain: a pool fills it from its own state, an auditor from configurations and DNS, an
// explainer from a capture. The spans are borrowed.
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "names/certificate_name.h"
#include "names/ip_address.h"
#include "names/origin.h"
#include "verdict/connection_facts.h"

namespace astray {

/// How the client came to believe the connection's certificate. `overridden`: a person clicked a warning
/// away, or the client was told not to verify.
enum class CertificateTrust : uint8_t { accepted, overridden };
enum class ClientCertificateUse : uint8_t { not_sent, sent };
/// `proxied`: through an HTTP or SOCKS proxy, with or without a tunnel.
enum class Route : uint8_t { direct, proxied };
enum class SettingsState : uint8_t { received, awaited };
/// `draining`: GOAWAY was seen or sent, or the connection is closed.
enum class Liveness : uint8_t { open, draining };
/// `marked`: the client noted after a 421 that this connection must not carry further names.
enum class CoalescingMark : uint8_t { none, marked };
/// Whether the server offers extended CONNECT (RFC 8441 §3, RFC 9220).
enum class ExtendedConnect : uint8_t { off, on };

/// A connection in the client's pool.
struct PooledConnection {
  Origin origin;                     ///< it was opened for this one; its host went into the SNI
  Protocol protocol = Protocol::h2;  ///< negotiated
  /// The address that answered; absent: not known which one of `origin_dns` it was.
  std::optional<IpAddress> peer{};
  /// Absent: the origin's port (it differs for an Alt-Svc alternative).
  std::optional<Port> peer_port{};
  /// A and AAAA of `origin`; absent: not known.
  std::optional<std::span<const IpAddress>> origin_dns{};
  /// Of every certificate proved on it; empty in clear.
  std::span<const CertificateName> certificate_names{};
  CertificateTrust trust = CertificateTrust::accepted;
  ClientCertificateUse client_certificate = ClientCertificateUse::not_sent;
  Route route = Route::direct;
  SettingsState settings = SettingsState::received;
  Liveness liveness = Liveness::open;
  /// Requests that it takes now. h1: 1 when idle, 0 when busy.
  uint32_t streams_left = std::numeric_limits<uint32_t>::max();
  CoalescingMark mark = CoalescingMark::none;
  ExtendedConnect extended_connect = ExtendedConnect::off;
  /// Members of the Origin Set once an ORIGIN frame came (RFC 8336 §2.3); absent: none came. `origin` belongs
  /// to it without being named.
  std::optional<std::span<const Origin>> origin_set{};
  /// Other origins whose requests it carried before.
  std::span<const Origin> aliases{};
  /// Origins for which it answered 421, its own perhaps among them.
  std::span<const Origin> misdirected{};
};

/// `websocket` and `webtransport` need extended CONNECT on a multiplexed connection.
enum class RequestKind : uint8_t { plain, websocket, webtransport };
/// Whether the request's partition is the connection's: network isolation key or OriginAttributes, privacy or
/// credentials mode, DNS policy, and in libraries the client's own settings (trust store, verifier, pins).
enum class Partition : uint8_t { same, other };
/// Pins that the client holds for the request's host against the connection's chain (RFC 7469 §2.6).
enum class KeyPins : uint8_t { none_or_matched, violated };
/// What the client's Certificate Transparency policy says about the connection's certificate for the
/// request's host.
enum class Transparency : uint8_t { met_or_not_required, not_met };
/// Whether the HTTPS record of the request's host (RFC 9460) lets the connection's protocol be used.
enum class ServiceRecord : uint8_t { none, allows_protocol, forbids_protocol };
/// Where the request would be sent if it got a connection of its own.
enum class Destination : uint8_t { own_host, alternative_of_the_connection };
/// Whether a client certificate may be shared between these two names (an enterprise policy in Chromium).
enum class ClientCertificateSharing : uint8_t { not_allowed, allowed };
/// Libraries alone: a host name verifier set by the application, which nobody can ask about other names.
enum class HostnameVerifier : uint8_t { built_in, custom };
enum class Attempt : uint8_t { first, after_421 };

/// The request that looks for a connection. What relates it to the connection (partition, pins) is said here.
struct NewRequest {
  Origin origin;
  /// A and AAAA of its host; absent: not known; empty: it has none.
  std::optional<std::span<const IpAddress>> dns{};
  RequestKind kind = RequestKind::plain;
  Route route = Route::direct;
  Partition partition = Partition::same;
  KeyPins pins = KeyPins::none_or_matched;
  Transparency transparency = Transparency::met_or_not_required;
  ServiceRecord service_record = ServiceRecord::none;
  Destination destination = Destination::own_host;
  ClientCertificateSharing client_certificate_sharing = ClientCertificateSharing::not_allowed;
  HostnameVerifier verifier = HostnameVerifier::built_in;
  Attempt attempt = Attempt::first;
};

/// What to do where the decision hangs on addresses that nobody knows. The caller says it, since an audit
/// often has no DNS. `assume_same_address` takes the names to share their addresses, and the verdict says
/// that it did.
enum class UnknownAddresses : uint8_t { could_not_tell, assume_same_address };

}  // namespace astray
