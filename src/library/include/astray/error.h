#pragma once
// Why a fetch gave no response, or not a whole one. Errors are values: the library throws nothing but
// std::bad_alloc.
#include <cstdint>
#include <string>
#include <string_view>

#include "astray/export.h"

namespace astray::http {

/// How far a fetch was, in order.
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
ASTRAY_EXPORT std::string_view to_string(Phase phase);  ///< "response-head", …: stable

enum class ErrorKind : uint8_t {
  invalid_request,  ///< a method, field or URL that cannot be sent
  identity_split,   ///< SNI and Host would differ, and no ConnectIdentity asked for that
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
  too_large,           ///< more than Request::most_body_bytes
  local_limit,         ///< descriptors, threads, a context that cannot be made
  client_closed,       ///< the client was destroyed, or belongs to the parent of a forked process
  cancelled,           ///< by whoever asked
  bad_options,         ///< the client's: a file that cannot be read, a value that cannot be understood
  wrong_thread,        ///< a call that waits, from a callback: it would wait for itself
};
ASTRAY_EXPORT std::string_view to_string(ErrorKind kind);  ///< "identity-split", …: stable

struct FetchError {
  ErrorKind kind = ErrorKind::invalid_request;
  Phase phase = Phase::prepare;
  /// For people, without a full stop: what, where, what to do.
  std::string sentence{};
  /// Whether the origin can have acted on the request (RFC 9110 §9.2.2). False is certain.
  bool may_have_been_processed = false;
};

}  // namespace astray::http
