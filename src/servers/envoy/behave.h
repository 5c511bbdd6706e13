#pragma once
#include <memory>

#include "servers/model/behaviour.h"

namespace astray::envoy {

/// What Envoy answers. It has no 421 of its own: a connection's filter chain is chosen once, and an authority that
/// the chain's routes do not know gets 404 (the access log's response flag is NR).
std::unique_ptr<Behaviour> make_behaviour(const Deployment& deployment);

}  // namespace astray::envoy
