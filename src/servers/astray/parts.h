#pragma once
// What the gateway would run of a configuration, as far as answers depend on it.
#include <memory>
#include <vector>

#include "gateway/configuration/configuration.h"
#include "gateway/ownership/owners.h"
#include "verdict/connection_facts.h"

namespace astray::own_gateway {

/// What handshakes of one virtual host settle. What certificates cover stays apart from what is promised: a
/// laboratory's virtual host promises more.
struct SettledFacts {
  PolicyDigest policy{};
  ListenerDigest listener{};
  std::vector<CertificateName> certificate_names{};
};

/// What a GET of "/" without fields meets on the routes of a virtual host, once its authority is served.
struct RootAnswer {
  int status = 0;  ///< of a redirect or a refusal; 0: a back answers
  SourceSpan source{};
};

/// Deployment's virtual hosts and listeners are the configuration's, in order.
struct Parts {
  gateway::Configuration configuration{};
  /// Null: the configuration has errors, and the gateway does not start with it.
  std::shared_ptr<const gateway::Owners> owners{};
  std::vector<SettledFacts> settled{};     ///< by VirtualHostId
  std::vector<RootAnswer> root_answers{};  ///< by VirtualHostId
};

}  // namespace astray::own_gateway
