#pragma once
#include <string>
#include <string_view>

#include "servers/envoy/parts.h"
#include "servers/envoy/reading.h"

namespace astray::envoy {

/// What goes to a cluster: its addresses, and the SNI that is sent. `edge` has the Host already, which auto_sni takes
/// the SNI from. A cluster that is not there is told, and the addresses are unknown.
void take_cluster(std::string_view cluster_name, Reading& reading, BackEdge& edge);

}  // namespace astray::envoy
