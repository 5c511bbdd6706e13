#pragma once
#include <vector>

#include "servers/kubernetes/cluster.h"
#include "servers/kubernetes/parts.h"

namespace astray::kubernetes {

/// What a GET of "/" without further fields meets on the rules of all these routes together, in the API's order of
/// precedence (HTTPRouteRule.matches). Rules that an extension or an expression decides are unknowable.
RootAnswer root_of(const std::vector<const Object*>& routes, const Reading& reading);

/// Where the rules of an HTTPRoute, GRPCRoute or TLSRoute lead, with what BackendTLSPolicies say of TLS.
std::vector<BackEdge> back_edges_of(const Object& route, const Reading& reading);

}  // namespace astray::kubernetes
