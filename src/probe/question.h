#pragma once
// What one cell of the matrix asks: a connection, and a request on it.
//
// Words: a *cell* is one question with its answer. The *opening request* of a reused connection asks for the
// name that the connection was opened for (its SNI), as a browser would have; it is part of the connection,
// not a cell.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "names/endpoint.h"
#include "probe/target.h"
#include "verdict/connection_facts.h"
#include "verdict/request_facts.h"

namespace astray {

/// How a name is written where it is sent. The first two and `literal` need no known name.
enum class Spelling : uint8_t {
  none,     ///< not sent at all: no SNI extension; no Host and no :authority
  empty,    ///< Host: with nothing behind it
  unknown,  ///< a name that nobody configures, below .invalid
  plain,
  upper_case,
  trailing_dot,
  with_port,  ///< the port that clients name
  wrong_port,
  address,  ///< the node's address as a literal
  literal,  ///< as the user gave it
};
std::string_view to_string(Spelling spelling);

/// Which parts of the request carry the name (RFC 9112 §3.2, RFC 9113 §8.3.1).
enum class Placement : uint8_t {
  usual,               ///< Host in HTTP/1, :authority in HTTP/2
  absolute_form,       ///< HTTP/1: target https://NAME/ and Host: NAME
  absolute_conflict,   ///< HTTP/1: target https://OTHER/ and Host: NAME
  host_field_alone,    ///< HTTP/2: Host and no :authority
  authority_conflict,  ///< HTTP/2: :authority OTHER and Host: NAME
  two_host_fields,     ///< HTTP/1: Host: NAME and Host: OTHER
};
std::string_view to_string(Placement placement);

struct RequestQuestion {
  std::optional<std::string> host;  ///< the bytes sent as the name; absent: none
  Spelling spelling = Spelling::plain;
  Placement placement = Placement::usual;
  std::string other;  ///< the second name of a conflict
  std::string name;   ///< the known name that `host` spells; "" when it spells none
  std::string path = "/";
};

/// `fresh`: the request is the first on its connection. `reused`: the connection was opened for the name in
/// SNI, and has carried a request for that name. What a client that coalesces does.
enum class ConnectionUse : uint8_t { fresh, reused };
std::string_view to_string(ConnectionUse use);

/// Which client certificate is presented when asked: none, or an index into
/// ProbeOptions::client_certificates.
using ClientCertificateIndex = std::optional<size_t>;

struct ConnectionQuestion {
  Endpoint node;
  PortProtocol protocol = PortProtocol::https;
  std::optional<std::string> sni;  ///< as sent
  Spelling sni_spelling = Spelling::plain;
  std::string sni_name;  ///< the known name that `sni` spells; "" when it spells none
  AlpnOffer alpn = AlpnOffer::h2;
  ClientCertificateIndex client_certificate;
  /// The TLS session offered was got on a connection with this SNI (and without a client certificate, unless
  /// `client_certificate` is set); absent: a full handshake.
  std::optional<std::string> session_of;
  ConnectionUse use = ConnectionUse::fresh;
  /// The cells of this connection, asked one after the other; a fresh one has exactly one.
  std::vector<RequestQuestion> requests;
};

/// What the judgement and the servers' models are told about it. Views into the question.
ConnectionFacts facts_of(const ConnectionQuestion& connection);
RequestFacts facts_of(const ConnectionQuestion& connection, const RequestQuestion& request,
                      Protocol negotiated);

}  // namespace astray
