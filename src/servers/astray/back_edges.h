#pragma once
#include <vector>

#include "gateway/configuration/configuration.h"
#include "servers/model/back_edge.h"

namespace astray::own_gateway {

/// One for each route and each back that it gives requests to. Backs that do not exist are left out.
std::vector<BackEdge> back_edges(const gateway::Configuration& configuration,
                                 const gateway::VirtualHostSettings& virtual_host);

}  // namespace astray::own_gateway
