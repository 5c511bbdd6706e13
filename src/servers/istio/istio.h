#pragma once
#include "servers/model/server.h"

namespace astray {

/// Istio's ingress gateways, from the objects that configure them. They are made into Envoy's filter chains and
/// routes as Istio does it, and answer as Envoy does.
extern const Server istio_server;

}  // namespace astray
