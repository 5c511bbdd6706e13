#pragma once
#include <string_view>

#include "servers/envoy/parts.h"
#include "servers/istio/mesh.h"

namespace astray::istio {

/// An HTTPRoute of a virtual service under one of its matches; nullptr: it has none, and takes everything.
envoy::Route read_route(const Node* rule, const Node* match, std::string_view name_space, const Reading& reading);

}  // namespace astray::istio
