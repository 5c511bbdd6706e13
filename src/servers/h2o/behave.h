#pragma once
#include <memory>

#include "servers/model/behaviour.h"

namespace astray::h2o {

std::unique_ptr<Behaviour> make_behaviour(const Deployment& deployment);

}  // namespace astray::h2o
