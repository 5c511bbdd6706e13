#include "servers/httpd/sni_rule.h"

namespace astray::httpd {

SniRule::SniRule(const Deployment& deployment)
    : checks_without_sni_(deployment.version >= Version{2, 4, 64}),
      policy_(deployment.version >= Version{2, 4, 66} ? deployment.sni_policy.value : SniPolicy::secure),
      classes_(policy_classes(deployment)) {}

std::optional<Reason> SniRule::refuses(HostPair hosts, SniPresence sni) const {
  if (hosts.handshake == hosts.asked || policy_ == SniPolicy::insecure) return std::nullopt;
  if (sni == SniPresence::absent && !checks_without_sni_) return std::nullopt;
  const PolicyClass& handshake = classes_[static_cast<size_t>(hosts.handshake)];
  const PolicyClass& asked = classes_[static_cast<size_t>(hosts.asked)];
  bool authentication_differs = handshake.authentication != asked.authentication;
  bool tls_differs = handshake.tls != asked.tls && policy_ != SniPolicy::authonly;
  if (!authentication_differs && !tls_differs && policy_ != SniPolicy::strict) return std::nullopt;
  if (sni == SniPresence::absent) return Reason::sni_missing;
  if (authentication_differs) return Reason::client_authentication_differs;
  return tls_differs ? Reason::tls_policy_differs : Reason::name_differs_from_sni;
}

}  // namespace astray::httpd
