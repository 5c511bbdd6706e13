#pragma once
// What happens on an HTTP/2 connection. Events own what they carry, except BodyData.
//
//   GET            ResponseHead  BodyData*  ResponseEnd
//   with 103       InformationalHead  ResponseHead  BodyData*  ResponseEnd
//   with trailers  ResponseHead  BodyData*  Trailers  ResponseEnd
//   cancelled      ResponseHead  BodyData*  StreamReset
//   and at last    ConnectionFailure or ConnectionEnd, once; streams that were open then get no event
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "http2/field.h"
#include "http2/options.h"
#include "http2/problem.h"

namespace astray::http2 {

struct Setting {
  uint16_t id;  ///< RFC 9113 section 6.5.2
  uint32_t value;

  bool operator==(const Setting&) const = default;
};

/// The peer's SETTINGS, also later ones: `received` holds this frame's entries in order (a fingerprint of the
/// software), the rest what is in force after it.
struct SettingsReceived {
  std::vector<Setting> received;
  uint32_t max_concurrent_streams;  ///< 2^32-1: not limited
  uint32_t initial_window_size;     ///< bytes
  uint32_t max_frame_size;          ///< bytes
  uint32_t max_header_list_size;    ///< bytes; 2^32-1: not limited
  enum class ConnectProtocol : uint8_t { disabled, enabled } connect_protocol;  ///< RFC 8441
};

/// A 1xx response.
struct InformationalHead {
  StreamId stream;
  int status;
  Fields fields;  ///< with :status
};

struct ResponseHead {
  StreamId stream;
  int status;
  Fields fields;  ///< with :status
};

/// What RFC 9113 sections 8.2 and 8.3 forbid in a request's head, other than in :authority and Host.
enum class HeadDefect : uint8_t {
  none,
  bad_name,              ///< an empty name, upper case, or a byte that is no token character
  bad_value,             ///< NUL, CR, LF, or white space at an end
  pseudo_after_regular,  ///< a pseudo-header field behind a regular one
  unknown_pseudo,        ///< a pseudo-header field that requests do not have (or :protocol without CONNECT)
  repeated_pseudo,       ///< :method, :scheme or :path twice; a repeated :authority is for the caller to see
  missing_pseudo,        ///< no :method, or no :scheme or :path outside CONNECT
  bad_path,              ///< empty, or neither "/…" nor the "*" of OPTIONS
  connection_field,      ///< connection, keep-alive, proxy-connection, transfer-encoding, upgrade, or te ≠
                         ///< trailers
  bad_content_length,    ///< not a number, or several that differ
  too_large,             ///< beyond header_list_bytes or fields: answer 431; the fields up to there are given
};
/// "bad-name": stable, for machine-readable reports.
std::string_view to_string(HeadDefect defect);

/// A request's head, whatever its state: a server must answer 400 to a bad authority, and not reset. Every
/// :authority and Host is in `fields`, as received, and is not looked at here. A request with a defect may be answered (400, 431) or
/// reset (RFC 9113 section 8.1.1); it must not be processed.
struct RequestHead {
  StreamId stream;
  Fields fields;
  HeadDefect defect = HeadDefect::none;
  Then then = Then::body;  ///< end: the request is complete; RequestEnd comes next
};

struct BodyData {
  StreamId stream;
  std::string_view bytes;  ///< never empty; valid until the next verb
};

struct Trailers {
  StreamId stream;
  Fields fields;
};

/// The response is complete.
struct ResponseEnd {
  StreamId stream;
};

/// The request is complete.
struct RequestEnd {
  StreamId stream;
};

/// The stream ended early; nothing more comes for it. Not sent for streams that the caller reset.
struct StreamReset {
  StreamId stream;
  StreamProblem problem;
  ErrorCode code;        ///< sent by the peer, or by us
  std::string sentence;  ///< more for people, maybe empty
};

struct GoAway {
  StreamId last_stream;  ///< streams above it were not processed: each open one gets a StreamReset
  ErrorCode code;
  std::string debug_data;  ///< bounded by the options
};

/// RFC 8336: the origins that the server speaks for on this connection, ASCII serialisations as received, not
/// yet checked to be origins. Each frame adds to the set, which begins with the origin that the connection
/// was opened for. Frames on another stream than 0 are ignored, as the RFC demands.
struct OriginFrame {
  std::vector<std::string> origins;  ///< maybe empty: the set is then known and holds nothing else
  size_t malformed_bytes = 0;        ///< bytes at the frame's end that are no entry, ignored
};

/// RFC 7838 section 4. Frames that name both a stream and an origin, or neither, are ignored.
struct AltSvcFrame {
  StreamId stream;     ///< 0: for `origin`; otherwise for the origin of that stream's request
  std::string origin;  ///< as received
  std::string value;   ///< of the Alt-Svc field, as received
};

/// The connection is over. The last event.
struct ConnectionFailure {
  ConnectionProblem problem;
  ErrorCode code;        ///< what our GOAWAY says
  StreamId stream = 0;   ///< where it happened, if on a stream
  std::string sentence;  ///< for people: what happened
};

/// The peer closed, with nothing under way. The last event.
struct ConnectionEnd {};

/// Of either end; which of them it emits, each says.
using Event = std::variant<SettingsReceived, InformationalHead, ResponseHead, RequestHead, BodyData, Trailers,
                           ResponseEnd, RequestEnd, StreamReset, GoAway, OriginFrame, AltSvcFrame, ConnectionFailure,
                           ConnectionEnd>;

}  // namespace astray::http2
