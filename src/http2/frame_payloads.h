#pragma once
// Payloads of the frames that astray reads itself. The views point into the payload.
#include <optional>
#include <string_view>
#include <vector>

#include "http2/event.h"
#include "http2/frame.h"

namespace astray::http2 {

/// RFC 8336 section 2: a sequence of Origin-Len (16) and ASCII-Origin. A last entry that does not fit is not
/// one. An empty entry is dropped, as no origin is empty.
struct OriginPayload {
  std::vector<std::string_view> origins;
  size_t malformed_bytes = 0;  ///< at the end, that are no entry
};
OriginPayload read_origin_payload(std::string_view payload);

/// RFC 7838 section 4: Origin-Len (16), Origin, Alt-Svc-Field-Value.
struct AltSvcPayload {
  std::string_view origin;
  std::string_view value;
};
/// Nothing if the origin does not fit.
std::optional<AltSvcPayload> read_altsvc_payload(std::string_view payload);

/// RFC 9113 section 6.5.1. Nothing if the length is no multiple of 6.
std::optional<std::vector<Setting>> read_settings_payload(std::string_view payload);

struct GoAwayPayload {
  StreamId last_stream;
  ErrorCode code;
  std::string_view debug_data;
};
/// RFC 9113 section 6.8. Nothing if shorter than 8 bytes.
std::optional<GoAwayPayload> read_goaway_payload(std::string_view payload);

/// The error code of RST_STREAM (RFC 9113 section 6.4). Nothing unless 4 bytes.
std::optional<ErrorCode> read_rst_stream_payload(std::string_view payload);

}  // namespace astray::http2
