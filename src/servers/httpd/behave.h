#pragma once
#include <memory>

#include "servers/model/behaviour.h"

namespace astray::httpd {

/// What httpd answers: 2.4.18 to 2.4.63, 2.4.64 and 2.4.65, and from 2.4.66 on.
std::unique_ptr<Behaviour> make_behaviour(const Deployment& deployment);

}  // namespace astray::httpd
