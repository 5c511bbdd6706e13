#pragma once
#include <vector>

#include "servers/kubernetes/gateway_configuration.h"
#include "servers/kubernetes/listeners.h"

namespace astray::kubernetes {

/// The status that the API wants told: Accepted and Programmed of Gateways and listeners, Conflicted, ResolvedRefs and
/// OverlappingTLSConfig of listeners, Accepted of routes. Those of negative polarity stand only where they are true.
std::vector<Condition> conditions_of(const Gateways& gateways, const std::vector<PortPart>& ports);

}  // namespace astray::kubernetes
