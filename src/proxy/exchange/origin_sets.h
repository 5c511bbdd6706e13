#pragma once
// What ORIGIN frames (RFC 8336) tell HTTP/2 clients: the origins that a connection is good for.
#include <map>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "proxy/front/client_connection.h"
#include "proxy/site/site.h"

namespace astray::proxy {

/// Of one site, in one thread, for connections whose handshake that site settled. Each set is made when the
/// first connection wants it: connections that shook hands with the same virtual host of the same listener
/// share it.
class OriginSets {
 public:
  /// All exact names of the listener's virtual hosts that judge_request would have served on this connection,
  /// as RFC 6454 §6.2 writes origins; names below a wildcard cannot be told. None (no frame is sent) where
  /// the listener is told not to, has more than it may tell, or where a trusted gateway asks, whose
  /// connections are good for everything. Lives as long as this object.
  std::span<const std::string> of(const Site& site, const ClientConnection& connection);

 private:
  /// What decides over the set: the listener, the virtual host that took the handshake, and whether an SNI
  /// was sent (sni_missing).
  using Key = std::tuple<std::string, std::string, bool>;
  std::map<Key, std::vector<std::string>> sets_;
};

}  // namespace astray::proxy
