#pragma once
// Why an engine gave up on a connection. A message that is cut, too large or ambiguous is never guessed at:
// what cannot be framed for certain cannot be told from the next message on the connection.
#include <cstdint>
#include <string_view>

#include "http1/other_protocol.h"

namespace astray::http1 {

enum class FailureReason : uint8_t {
  // the peer does not speak HTTP/1
  not_http1,            ///< client: no status line; server: no request line. See OtherProtocol
  unsupported_version,  ///< "HTTP/2.0 200" or "GET / HTTP/3.0": a major version other than 1
  http2_preface,        ///< server: the first bytes are "PRI * HTTP/2.0" (RFC 9113 §3.4)

  // the peer ended too early or spoke unasked
  closed_before_response,  ///< client: a request waits, and not one byte of an answer came: may be retried
  closed_in_head,
  closed_in_body,     ///< the announced length or the last chunk is missing (RFC 9112 §8)
  unsolicited_bytes,  ///< client: bytes, and no request waits for an answer (RFC 9112 §6.3)

  // head syntax
  bad_status_line,
  bad_request_line,
  bad_method,      ///< no token
  bad_target,      ///< control characters, blanks, non-ASCII bytes, a fragment, or a form that the method
                   ///< forbids (RFC 9112 §3.2)
  bare_cr,         ///< CR without LF (RFC 9112 §2.2)
  bare_lf,         ///< server: LF without CR
  nul_byte,        ///< in a head, chunk line or trailer (RFC 9110 §5.5)
  control_byte,    ///< server: any other control character in a head; both: in a status or chunk line
  bad_field_name,  ///< empty, or with control characters; server: no token
  field_without_colon,
  space_before_colon,        ///< server (RFC 9112 §5.1)
  space_before_first_field,  ///< a blank at the start of the line after the start line (RFC 9112 §2.2)
  obs_fold,                  ///< server (RFC 9112 §5.2)

  // framing (RFC 9112 §6)
  bad_content_length,             ///< not digits, or above 2^64-1
  conflicting_content_lengths,    ///< several that differ; server: several at all
  bad_transfer_encoding,          ///< empty, chunked twice, with parameters; server: chunked is not the last
  unknown_transfer_coding,        ///< server: a coding other than chunked, and chunked last
  length_with_transfer_encoding,  ///< server: both fields
  transfer_encoding_in_1_0,       ///< server
  bad_chunk_size,                 ///< no hexadecimal digit, a sign, "0x", a blank in the wrong place
  chunk_size_overflow,            ///< more than 16 digits
  bad_chunk_end,                  ///< no line end behind a chunk's data

  // limits (limits.h)
  head_too_large,
  line_too_large,
  target_too_large,
  too_many_fields,
  too_many_informational,
  chunk_extensions_too_large,
  trailers_too_large,
  body_too_large,
  too_much_held,  ///< server: the caller went on receiving while an earlier request was not yet answered
};
inline constexpr int failure_reason_count = 38;

/// A stable identifier, as spelled above: for JSON and logs.
std::string_view to_string(FailureReason reason);
/// A sentence without full stop: "the peer closed the connection before a response began".
std::string_view describe(FailureReason reason);

/// The status that a server should answer before it closes: 400, 413, 414, 431, 501 or 505; 0 where an answer
/// makes no sense (the peer is gone, or is the server).
int status_to_answer(FailureReason reason);

/// The last event of an engine.
struct Failed {
  FailureReason reason{};
  int status = 0;  ///< status_to_answer() in a server, 0 in a client
  /// For not_http1, unsolicited_bytes, unsupported_version: the first bytes (at most max_kept_first_bytes, to
  /// the first line end) as they came, unprintable ones included. Empty for the others.
  std::string_view first_bytes{};
  OtherProtocol looks_like = OtherProtocol::none;
};

}  // namespace astray::http1
