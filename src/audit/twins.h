#pragma once
#include <vector>

#include "servers/model/deployment.h"

namespace astray {

/// For each listener the first one that carries the same virtual hosts in the same way, as `listen 443 ssl;`
/// and `listen [::]:443 ssl;` do together; itself where there is none before it.
std::vector<ListenerId> first_twins(const Deployment& deployment);

}  // namespace astray
