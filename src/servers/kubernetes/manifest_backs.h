#pragma once
// Services as backs of the gateway.
#include <map>
#include <string>

#include "servers/kubernetes/gateway_configuration.h"
#include "servers/kubernetes/gateway_routes.h"

namespace astray::kubernetes {

/// Makes a back for each Service and port that routes refer to: its ready addresses of EndpointSlices where these are
/// given, else its name in the cluster's DNS. A BackendTLSPolicy makes it one with TLS.
class ManifestBacks {
 public:
  ManifestBacks(const Reading& reading, ManifestGateway& into, const TellProblem& tell)
      : reading_(reading), into_(into), tell_(tell) {}

  /// What `route` may not refer to, or is no Service, is told.
  std::optional<FoundBack> find(const Node* reference, const Object& route);

 private:
  std::optional<FoundBack> make(const Node* reference, const Object& route, const std::string& service);
  void take_addresses(const Node* reference, const std::string& service, const Node* port, gateway::BackSettings& back);
  void take_policy(const Object& policy, gateway::BackSettings& back, FoundBack& found);

  const Reading& reading_;
  ManifestGateway& into_;
  const TellProblem& tell_;
  std::map<std::string, std::optional<FoundBack>> known_{};
};

/// ca.crt of what caCertificateRefs of an object name, together; "": none could be read, which is told.
std::string authorities_pem(const Node* section, const Object& owner, const Reading& reading, const TellProblem& tell);

}  // namespace astray::kubernetes
