#include "http2/peer_settings.h"

#include "http2/frame.h"

namespace astray::http2 {
namespace {

using Problem = PeerSettings::Problem;

Problem protocol_error(std::string_view sentence) {
  return {ConnectionProblem::protocol_error, ErrorCode::protocol_error, sentence};
}

}  // namespace

std::optional<Problem> PeerSettings::take(const Setting& setting, Sender sender) {
  constexpr uint32_t smallest_frame = 16384, largest_frame_size = (1U << 24) - 1;
  const uint32_t value = setting.value;
  switch (setting.id) {
    case setting::enable_push:
      if (value > 1) return protocol_error("SETTINGS_ENABLE_PUSH is neither 0 nor 1");
      if (value == 1 && sender == Sender::server) return protocol_error("a server says SETTINGS_ENABLE_PUSH = 1");
      break;
    case setting::max_concurrent_streams:
      max_concurrent_streams = value;
      break;
    case setting::initial_window_size:
      if (value > INT32_MAX)
        return Problem{ConnectionProblem::flow_control_error, ErrorCode::flow_control_error,
                       "SETTINGS_INITIAL_WINDOW_SIZE is above 2^31-1"};
      initial_window_size = value;
      break;
    case setting::max_frame_size:
      if (value < smallest_frame || value > largest_frame_size)
        return protocol_error("SETTINGS_MAX_FRAME_SIZE is not between 2^14 and 2^24-1");
      max_frame_size = value;
      break;
    case setting::max_header_list_size:
      max_header_list_size = value;
      break;
    case setting::enable_connect_protocol:
      if (value > 1) return protocol_error("SETTINGS_ENABLE_CONNECT_PROTOCOL is neither 0 nor 1");
      // What a client says of it has no effect (RFC 8441 section 3).
      if (value == 0 && connect_protocol && sender == Sender::server)
        return protocol_error("SETTINGS_ENABLE_CONNECT_PROTOCOL was 1 and is 0 now");
      connect_protocol = value == 1;
      break;
    case setting::no_rfc7540_priorities:
      if (value > 1) return protocol_error("SETTINGS_NO_RFC7540_PRIORITIES is neither 0 nor 1");
      break;
    default:
      break;
  }
  return std::nullopt;
}

}  // namespace astray::http2
