#pragma once
#include <memory>

#include "servers/model/behaviour.h"

namespace astray::kubernetes {

/// What gateways of the Gateway API answer by its own text, and Ingress controllers as far as they are known.
std::unique_ptr<Behaviour> make_behaviour(const Deployment& deployment);

}  // namespace astray::kubernetes
