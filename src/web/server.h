#pragma once
#include "io/loop.h"
#include "io/network.h"
#include "web/site.h"

namespace astray::web {

struct ServerLimits {
  size_t connections = 64;                      ///< at a time; others wait in the listener's queue
  size_t streams = 16;                          ///< of these; others are told 503
  Duration request = std::chrono::seconds(10);  ///< from its first byte to its last
  Duration idle = std::chrono::seconds(75);     ///< before it
  Duration write = std::chrono::seconds(10);    ///< in which a response, or what waits of a stream, is taken
  Duration heartbeat = std::chrono::seconds(15);  ///< between comments in a stream without news
  size_t head_bytes = 16 * 1024;
  uint64_t body_bytes = 16 * 1024;  ///< of a request; more is refused with 413
};

/// Answers over HTTP/1.1 (RFC 9112), in clear. Runs until it is cancelled; connections end with it. Loop,
/// listener and site outlive the task.
Task<void> serve(Loop& loop, StreamListener& listener, const Site& site, ServerLimits limits = {});

}  // namespace astray::web
