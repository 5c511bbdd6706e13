#pragma once
#include <optional>

#include "gateway/configuration/listener_settings.h"
#include "gateway/configuration/virtual_host_settings.h"
#include "gateway/ownership/owners.h"
#include "verdict/asked.h"
#include "verdict/judge_request.h"

namespace astray::gateway {

/// What becomes of a request, as far as its authority decides.
struct Decision {
  Verdict verdict;  ///< borrows from the connection and the request
  /// Who owns what was asked for at the connection's scheme and port, whether or not it may be answered.
  std::optional<AuthorityTable::Found> owner{};
  /// Served by a redirect: the listener sends requests in clear for this name to https, at this port.
  std::optional<Port> redirect_to{};
};

/// judge_request with what a configuration says beside ownership: what names get that nobody owns, and what a
/// listener in clear says about names that have TLS. `listener` took the connection; null: it is gone since.
/// `unowned` is the setting of the virtual host that took the handshake, in clear that of the listener's
/// default.
Decision decide_request(const Owners& owners, const ListenerSettings* listener, UnownedSetting unowned,
                        const ConnectionFacts& connection, const Asked& asked);

}  // namespace astray::gateway
