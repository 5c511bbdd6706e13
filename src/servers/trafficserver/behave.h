#pragma once
#include <memory>

#include "servers/model/behaviour.h"

namespace astray::trafficserver {

std::unique_ptr<Behaviour> make_behaviour(const Deployment& deployment);

}  // namespace astray::trafficserver
