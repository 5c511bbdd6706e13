#pragma once
// The frames of HTTP/2 as they are on the wire (RFC 9113 section 4.1):
//
//   Length (24)  Type (8)  Flags (8)  R (1) Stream Identifier (31)  Payload (Length × 8)
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http2/field.h"

namespace astray::http2 {

/// What a client sends first (RFC 9113 section 3.4).
inline constexpr std::string_view connection_preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
inline constexpr size_t frame_header_bytes = 9;
/// Bytes of payload: SETTINGS_MAX_FRAME_SIZE, which is not raised.
inline constexpr size_t largest_frame = 16384;

/// Any other number may occur.
enum class FrameType : uint8_t {
  data = 0,
  headers = 1,
  priority = 2,
  rst_stream = 3,
  settings = 4,
  push_promise = 5,
  ping = 6,
  goaway = 7,
  window_update = 8,
  continuation = 9,
  altsvc = 10,  ///< RFC 7838
  origin = 12,  ///< RFC 8336
};
/// "HEADERS"; "unknown" for a number that has no name here.
std::string_view to_string(FrameType type);

using FrameFlags = uint8_t;
inline constexpr FrameFlags end_stream = 0x1;   ///< DATA, HEADERS
inline constexpr FrameFlags ack = 0x1;          ///< SETTINGS, PING
inline constexpr FrameFlags end_headers = 0x4;  ///< HEADERS, PUSH_PROMISE, CONTINUATION
inline constexpr FrameFlags padded = 0x8;       ///< DATA, HEADERS, PUSH_PROMISE
inline constexpr FrameFlags priority = 0x20;    ///< HEADERS

/// Identifiers of SETTINGS (RFC 9113 section 6.5.2, RFC 8441, RFC 9218).
namespace setting {
inline constexpr uint16_t header_table_size = 1;
inline constexpr uint16_t enable_push = 2;
inline constexpr uint16_t max_concurrent_streams = 3;
inline constexpr uint16_t initial_window_size = 4;
inline constexpr uint16_t max_frame_size = 5;
inline constexpr uint16_t max_header_list_size = 6;
inline constexpr uint16_t enable_connect_protocol = 8;
inline constexpr uint16_t no_rfc7540_priorities = 9;  // RFC 9218 section 2.1
}  // namespace setting

/// The bit in front of the stream identifier: senders leave it 0, receivers ignore it.
enum class ReservedBit : uint8_t { unset, set };

struct Frame {
  FrameType type;
  FrameFlags flags = 0;
  StreamId stream = 0;
  std::string_view payload;
  ReservedBit reserved = ReservedBit::unset;

  bool operator==(const Frame&) const = default;
};

}  // namespace astray::http2
