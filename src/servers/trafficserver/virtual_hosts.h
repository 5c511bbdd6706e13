#pragma once
#include "servers/trafficserver/back_edges.h"
#include "servers/trafficserver/parts.h"

namespace astray::trafficserver {

/// Traffic Server has no virtual hosts: what its rules answer by one scheme, host and port is one, and the expression
/// of a regex_map another. Fills the rules' and the deployment's virtual hosts and the listeners' lists of them.
void make_virtual_hosts(const BackSettings& backs, Parts& parts, Deployment& deployment);

}  // namespace astray::trafficserver
