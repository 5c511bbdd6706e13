#pragma once
#include <vector>

#include "servers/envoy/parts.h"
#include "servers/istio/mesh.h"

namespace astray::istio {

/// The listeners that Istio makes of its Gateways: those with equal selectors are one proxy, and their servers share
/// listeners by port. Of servers with TLS, each becomes a filter chain with routes of its own; those in clear share
/// their routes. What Istio leaves out (names or port names that are taken) is told (pilot/pkg/model/gateway.go).
std::vector<envoy::ListenerPart> listeners_of(const Reading& reading);

}  // namespace astray::istio
