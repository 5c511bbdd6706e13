#pragma once
// judge_request for the requests of one connection, against the names that are owned right now.
#include <optional>

#include "gateway/routing/forwarding.h"
#include "proxy/front/client_connection.h"
#include "proxy/site/site.h"
#include "verdict/asked.h"
#include "verdict/judge_request.h"

namespace astray::proxy {

struct Judged {
  Verdict verdict;                ///< borrows from the request and the judge; until the next call
  const gateway::AskedFacts* asked = nullptr;  ///< likewise; null for a bad request
  /// Of the asked origin's owner, when the verdict is `serve` and no redirect is due.
  const VirtualHost* virtual_host = nullptr;
  /// The listener sends clear requests for this name to https, at this port.
  std::optional<Port> redirect_to{};
};

class RequestJudge {
 public:
  explicit RequestJudge(const ClientConnection& connection) : connection_(connection) {}

  /// Most requests of a connection ask for what the one before did, and the owners change at a reload alone:
  /// then this costs a few comparisons.
  const Judged& judge(const Site& site, const RequestNames& names);

 private:
  Judged decide(const Site& site, const Asked& asked) const;

  const ClientConnection& connection_;
  AskedReader reader_;
  Judged last_{};
  std::optional<gateway::AskedFacts> last_asked_{};
  uint64_t last_generation_ = 0;
};

}  // namespace astray::proxy
