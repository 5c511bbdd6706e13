#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>

namespace astray::http1 {

/// What a peer may make an engine hold or count. Each limit has a failure of its own (failure.h); a message
/// that just reaches a limit passes. All sizes are bytes of the wire, line ends included.
struct Limits {
  size_t head_bytes = 64 * 1024;       ///< start line and field lines of one head, with blank lines before it
  size_t line_bytes = 32 * 1024;       ///< one field line; the status line also
  size_t target_bytes = 16 * 1024;     ///< request target (server only)
  size_t fields = 200;                 ///< field lines of one head, or of one trailer section
  size_t informational_responses = 8;  ///< 1xx before one final response (client only)
  size_t chunk_extension_bytes = 4 * 1024;                             ///< of all chunks of one body together
  size_t trailer_bytes = 16 * 1024;                                    ///< trailer section of one body
  uint64_t request_body_bytes = std::numeric_limits<uint64_t>::max();  ///< content (server only)
  size_t held_bytes = 256 * 1024;  ///< pipelined requests waiting for their turn (server only)
};

}  // namespace astray::http1
