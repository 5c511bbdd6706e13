#pragma once
#include "servers/envoy/parts.h"
#include "servers/model/deployment.h"

namespace astray::envoy {

/// Makes listeners and virtual hosts of the parts, and keeps the parts in the deployment. A virtual host of the
/// deployment is one of a route table *on one filter chain*: two chains with one route table are two of each. Its
/// names are those that lead to it on a connection of their own.
///
/// Where domains are stated without ports and nothing strips them, and the listener has a port that is not the
/// default, clients are taken to come by the default port (Listener::public_port): with any other, Envoy would
/// answer all of them 404, and what maps the port is not in its configuration.
void make_deployment(Parts parts, Deployment& deployment);

}  // namespace astray::envoy
