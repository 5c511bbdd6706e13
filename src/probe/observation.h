#pragma once
// What a node answered to one cell.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/monotonic_time.h"
#include "tls/certificate.h"
#include "verdict/connection_facts.h"

namespace astray {

/// How far the cell got. When `failure` is not none, it happened in this stage.
enum class Stage : uint8_t {
  resolve,
  connect,
  handshake,
  session,
  request,
  response_head,
  response_body,
  done
};
std::string_view to_string(Stage stage);

/// Why there is no whole answer. Every way a peer can be bad has its name.
enum class ProbeFailure : uint8_t {
  none,
  not_resolved,
  refused,
  unreachable,
  reset,
  closed_early,  ///< the peer closed where an answer was due
  timed_out,     ///< silence, or too slow a trickle
  tls_alert,     ///< see `alert`
  not_tls,       ///< something else answered the ClientHello
  tls_error,
  certificate_too_big,
  alpn_not_offered,  ///< the server chose a protocol that was not offered
  not_http,          ///< see `message` for what it was
  http_0_9,
  malformed_response,
  head_too_big,
  too_many_informational,
  flood,   ///< CONTINUATION, SETTINGS, PING, RST_STREAM … without end
  goaway,  ///< before the request was answered
  stream_reset,
  not_reusable,    ///< the server closes behind its first answer, so no second request was asked
  no_session,      ///< nothing to resume: the server gave no session
  other_protocol,  ///< FTP or SMTP answered: see `message`
  local_limit,     ///< our own side: descriptors, memory, permission
  cancelled,
};
std::string_view to_string(ProbeFailure failure);

/// Whether a client would have believed the chain for the SNI (checked once for each distinct chain).
enum class ChainTrust : uint8_t { not_checked, trusted, untrusted };

struct Timings {
  Duration connect{};     ///< since the connection was begun
  Duration handshake{};   ///< since the connection was begun, so connect is part of it
  Duration first_byte{};  ///< since the request was begun
  Duration total{};       ///< of the cell
};

struct BodyPrint {
  Digest sha256{};  ///< of the first `bytes` bytes as received (Content-Encoding is left alone)
  uint64_t bytes = 0;
  bool truncated = false;  ///< there was more than the limit
  std::string excerpt;     ///< the first bytes, for the evidence; at most excerpt_bytes
  static constexpr size_t excerpt_bytes = 512;
};

struct Observation {
  Stage stage = Stage::resolve;
  ProbeFailure failure = ProbeFailure::none;
  std::string message;  ///< one sentence for people when something failed

  // The connection.
  uint64_t connection_id = 0;  ///< unique in a run; 0: there was none
  uint32_t request_index = 0;  ///< 0: the first request on it
  bool handshake_done = false;
  std::string_view alert{};        ///< RFC 8446 §6, "unrecognized_name"; "" when none came
  std::string_view tls_version{};  ///< "TLSv1.3"; "" in clear
  std::string alpn;                ///< as negotiated; "" when none was
  Protocol protocol = Protocol::h1;
  std::shared_ptr<const Certificate> certificate;  ///< the leaf
  ChainTrust trust = ChainTrust::not_checked;
  std::string trust_problem;  ///< why it is untrusted
  bool client_certificate_requested = false;
  bool resumed = false;
  std::vector<std::string> origin_set;  ///< of ORIGIN frames (RFC 8336); meaningful if origin_frame
  bool origin_frame = false;

  // The answer.
  int status = 0;      ///< 0: none came
  std::string owner;   ///< of the field that tells the virtual host (--owner-field), if there is one
  std::string server;  ///< Server field
  std::string via;
  std::string location;
  std::string content_type;
  std::string alt_svc;            ///< field or ALTSVC frame
  bool connection_close = false;  ///< the server closes after this answer
  bool nosniff = false;           ///< X-Content-Type-Options: nosniff
  BodyPrint body;
  Timings timings;
};

}  // namespace astray
