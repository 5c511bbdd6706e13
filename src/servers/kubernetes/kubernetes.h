#pragma once
#include "servers/model/server.h"

namespace astray {

/// Gateways of the Gateway API by its own text, of whatever implementation, and Ingress controllers as far as they are
/// known; from the objects that configure them. The version is the Gateway API's.
extern const Server kubernetes_server;

}  // namespace astray
