#pragma once
#include "servers/envoy/parts.h"
#include "servers/istio/mesh.h"

namespace astray::istio {

/// Where a route's destination leads. `edge` has its place, location and Host.
void take_destination(const Node* destination, std::string_view name_space, const Reading& reading, BackEdge& edge);

}  // namespace astray::istio
