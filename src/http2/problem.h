#pragma once
// What can go wrong on an HTTP/2 connection (RFC 9113), as values that tests and reports can name.
#include <cstdint>
#include <string_view>

namespace astray::http2 {

/// Why a connection is over.
enum class ConnectionProblem : uint8_t {
  not_http2,               ///< no preface, or the first frame is not SETTINGS: the peer speaks something else
  protocol_error,          ///< RFC 9113 is violated in a way that no other value names
  frame_size_error,        ///< a frame larger than announced, or of a length its type cannot have
  flow_control_error,      ///< more DATA than the window, or a window above 2^31-1
  compression_error,       ///< HPACK (RFC 7541) cannot be decoded
  stream_closed,           ///< frames on a stream that is long closed
  header_list_too_large,   ///< a field block decompresses to more than the limit, in bytes or in fields
  continuation_flood,      ///< one field block in more CONTINUATION frames than the limit
  settings_flood,          ///< SETTINGS over and over, or too many entries in one
  ping_flood,              ///< PING over and over
  empty_data_flood,        ///< DATA without data over and over
  reset_flood,             ///< streams opened to be reset (CVE-2023-44487, CVE-2025-8671)
  frame_flood,             ///< other frames that bring nothing, over and over
  unread_answers,          ///< the peer asks for acknowledgements and does not read them
  push_promise,            ///< pushed although push is switched off
  settings_timeout,        ///< SETTINGS did not come, or ours were not acknowledged, in time
  closed_before_settings,  ///< the peer closed before it sent SETTINGS
  closed_mid_stream,       ///< the peer closed while messages were under way
  out_of_memory,
};
/// "not-http2": stable, for machine-readable reports.
std::string_view to_string(ConnectionProblem problem);

/// Why one stream ended before its message did; the connection goes on.
enum class StreamProblem : uint8_t {
  reset_by_peer,           ///< RST_STREAM came; the error code is the peer's
  refused_by_goaway,       ///< GOAWAY came and the stream is above its last stream: it was not processed
  malformed_message,       ///< RFC 9113 section 8.1.1; reset by us
  wrong_content_length,    ///< the body is longer or shorter than content-length; reset by us
  too_many_informational,  ///< more 1xx heads than the limit; reset by us
  flow_control_error,      ///< more DATA than the stream's window; reset by us
  stream_error,            ///< another stream error of RFC 9113; reset by us
};
/// "reset-by-peer": stable, for machine-readable reports.
std::string_view to_string(StreamProblem problem);

/// RFC 9113 section 7. Peers may send any other number.
enum class ErrorCode : uint32_t {
  no_error = 0,
  protocol_error = 1,
  internal_error = 2,
  flow_control_error = 3,
  settings_timeout = 4,
  stream_closed = 5,
  frame_size_error = 6,
  refused_stream = 7,
  cancel = 8,
  compression_error = 9,
  connect_error = 10,
  enhance_your_calm = 11,
  inadequate_security = 12,
  http_1_1_required = 13,
};
/// "PROTOCOL_ERROR", or "unknown" for a number that RFC 9113 does not name.
std::string_view to_string(ErrorCode code);

/// Why a command was not accepted. Nothing has been queued then.
enum class CommandError : uint8_t {
  connection_over,   ///< it failed, ended, or go_away() was called
  going_away,        ///< the peer sent GOAWAY: no new streams
  too_many_streams,  ///< as many streams are open as the peer or the options allow
  no_stream_left,    ///< all 2^30 identifiers are used up
  unknown_stream,    ///< no such stream, or it is closed
  wrong_moment,      ///< the stream's message is complete, or has not begun, in this direction
  too_large,         ///< does not fit a frame, or the header block is beyond 1 MiB
};
std::string_view to_string(CommandError error);

}  // namespace astray::http2
