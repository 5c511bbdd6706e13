#pragma once
#include <vector>

#include "servers/haproxy/proxy.h"
#include "servers/haproxy/walk.h"
#include "servers/model/back_edge.h"

namespace astray::haproxy {

/// One for each server of `back`, and what it is sent for requests that took this way.
std::vector<BackEdge> back_edges(const Proxy& back, const Outcome& outcome);

}  // namespace astray::haproxy
