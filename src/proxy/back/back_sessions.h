#pragma once
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "proxy/back/back_key.h"
#include "tls/engine/session.h"

namespace astray::proxy {

/// TLS sessions by the key of the connection that they came with: they are offered to no other (RFC 8446
/// §4.6.1 forbids another SNI).
class BackSessions {
 public:
  static constexpr size_t most_keys = 1024;  ///< the first that came makes room
  static constexpr size_t most_each = 4;

  void keep(const BackKeyView& key, tls::Session session);
  /// The freshest. A session of TLS 1.3 is given once (RFC 8446 §C.4).
  std::optional<tls::Session> take(const BackKeyView& key);

 private:
  std::unordered_map<BackKey, std::vector<tls::Session>, BackKeyHash, BackKeyEqual> by_key_;
  std::deque<BackKey> in_order_;
};

}  // namespace astray::proxy
