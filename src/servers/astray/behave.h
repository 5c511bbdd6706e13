#pragma once
#include <memory>

#include "servers/model/behaviour.h"

namespace astray::own_gateway {

/// Answers through the gateway's own decisions (gateway/ownership/).
std::unique_ptr<Behaviour> make_behaviour(const Deployment& deployment);

}  // namespace astray::own_gateway
