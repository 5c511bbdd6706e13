#pragma once
// Why a fetch gave no response, or not a whole one: how far it was, what happened, and whether the request
// can have been acted upon.
#include <cstdint>
#include <string>
#include <string_view>

namespace astray::client {

/// How far a fetch is. In order.
enum class Phase : uint8_t {
  prepare,        ///< nothing was sent anywhere
  wait,           ///< for a place in the pool
  resolve,        ///< DNS
  connect,        ///< TCP, to the origin or its proxy
  proxy_tunnel,   ///< TLS to the proxy, CONNECT
  handshake,      ///< TLS with the origin
  request,        ///< sending the request
  response_head,  ///< waiting for the head
  response_body,  ///< reading the body
  done,
};
std::string_view to_string(Phase phase);  ///< "prepare", …: stable

enum class FailureKind : uint8_t {
  none,
  invalid_request,  ///< a method, field or URL that cannot be sent
  identity_split,   ///< SNI and Host would differ, and nobody asked for that by name
  resolve_failed,
  connect_failed,
  proxy_failed,         ///< the proxy cannot be reached, or is no proxy
  proxy_refused,        ///< it answered CONNECT with something else than 2xx
  handshake_failed,     ///< also: the peer does not speak TLS
  certificate_refused,  ///< not trusted, expired, or for other names
  protocol_refused,     ///< the server chose a protocol that was not offered, or none that was demanded
  timed_out,
  closed_early,        ///< the connection ended before the answer was complete
  reset,               ///< the stream was reset, or refused by GOAWAY
  malformed_response,  ///< not HTTP, or HTTP that cannot be framed for certain
  body_source_failed,  ///< the request's body could not be read
  redirect_refused,    ///< too many, a bad Location, https to http, or a body that cannot be sent again
  decoding_failed,     ///< Content-Encoding
  too_large,
  local_limit,  ///< descriptors, a context that cannot be made
  client_closed,
};
inline constexpr int failure_kind_count = 20;
std::string_view to_string(FailureKind kind);  ///< "identity-split", …: stable

/// Whether the origin can have acted on the request (RFC 9110 §9.2.2, RFC 9113 §8.7).
enum class Processing : uint8_t {
  impossible,  ///< nothing of it was sent, or the peer said that it did not look at it
  possible,
};

struct FetchFailure {
  FailureKind kind = FailureKind::none;
  Phase phase = Phase::prepare;
  /// For people, without a full stop: what, where, what to do.
  std::string sentence;
  Processing processing = Processing::impossible;
};

}  // namespace astray::client
