#pragma once
#include <string_view>

#include "servers/envoy/parts.h"
#include "servers/envoy/reading.h"

namespace astray::envoy {

/// A RouteConfiguration (config.route.v3).
RouteTable read_route_table(const Node* configuration, Reading& reading);

}  // namespace astray::envoy
