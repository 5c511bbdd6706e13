#pragma once
#include "io/loop.h"
#include "io/network.h"
#include "proxy/operation/admin_answers.h"

namespace astray::proxy {

struct AdminLimits {
  size_t connections = 64;                      ///< at a time; others wait in the listener's queue
  Duration request = std::chrono::seconds(10);  ///< from its first byte to its last
  Duration idle = std::chrono::seconds(75);     ///< before it
  Duration write = std::chrono::seconds(10);    ///< in which a response must be taken
  size_t head_bytes = 16 * 1024;
  uint64_t body_bytes = 16 * 1024;  ///< read and dropped
};

/// Answers the operator over HTTP/1.1 (RFC 9112), in clear. Runs until it is cancelled; connections end with
/// it. `configured`: the address that the configuration gives. Loop, listener and source outlive the task.
Task<void> serve_admin(Loop& loop, StreamListener& listener, AdminSource& source, Endpoint configured,
                       AdminLimits limits = {});

}  // namespace astray::proxy
