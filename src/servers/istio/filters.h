#pragma once
#include "servers/envoy/parts.h"
#include "servers/istio/mesh.h"

namespace astray::istio {

/// Adds what EnvoyFilters, AuthorizationPolicies and WasmPlugins put before the routes of a gateway's pods. A filter
/// whose effect on the authority is not read makes the answers unknowable, and is named.
void take_filters(const Node* selector, std::string_view name_space, const Reading& reading,
                  envoy::ConnectionManager& manager);

}  // namespace astray::istio
