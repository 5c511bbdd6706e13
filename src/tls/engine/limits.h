#pragma once
#include <cstddef>

namespace astray::tls {

/// What one connection may cost. A peer that goes beyond ends it with a Failure that names the limit.
struct Limits {
  size_t max_chain_bytes = size_t{100} << 10;      ///< the whole certificate message
  size_t max_handshake_bytes = size_t{256} << 10;  ///< received until the handshake is done, records and all
  size_t max_sessions = 8;                         ///< NewSession events; further tickets are dropped unseen
  /// Received after the handshake: tickets, key updates, hello requests, together.
  size_t max_late_messages = 64;
  size_t max_queued_plaintext = size_t{64} << 10;  ///< that send() holds
};

}  // namespace astray::tls
