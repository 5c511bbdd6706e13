#pragma once
#include "servers/haproxy/parts.h"
#include "servers/haproxy/reading.h"

namespace astray::haproxy {

/// Fills the deployment's listeners and virtual hosts, and the parts' own.
void make_virtual_hosts(Parts& parts, Deployment& deployment);

/// What comes in for a name on a connection of its own.
RequestView request_of(const Bind& bind, std::string_view name, Port port);

}  // namespace astray::haproxy
