#pragma once
// What the peer's SETTINGS say (RFC 9113 section 6.5.2, RFC 8441 section 3, RFC 9218 section 2.1). Internal to http2/.
#include <cstdint>
#include <optional>
#include <string_view>

#include "http2/event.h"

namespace astray::http2 {

struct PeerSettings {
  /// As long as the peer has said nothing.
  explicit PeerSettings(const Options& options) : max_concurrent_streams(options.concurrent_streams) {}

  uint32_t max_concurrent_streams;
  uint32_t initial_window_size = 65535;  ///< bytes
  uint32_t max_frame_size = 16384;       ///< bytes
  uint32_t max_header_list_size = UINT32_MAX;
  bool connect_protocol = false;

  struct Problem {
    ConnectionProblem problem;
    ErrorCode code;
    std::string_view sentence;
  };
  enum class Sender : uint8_t { client, server };
  /// Unknown settings are ignored.
  std::optional<Problem> take(const Setting& setting, Sender sender);
};

}  // namespace astray::http2
