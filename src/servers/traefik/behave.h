#pragma once
#include <memory>

#include "servers/model/behaviour.h"

namespace astray::traefik {

/// What Traefik answers. A request whose router has other TLS options than the connection's handshake gets 421; whom no
/// router knows, 404.
std::unique_ptr<Behaviour> make_behaviour(const Deployment& deployment);

}  // namespace astray::traefik
