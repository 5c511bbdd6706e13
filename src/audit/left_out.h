#pragma once
#include <vector>

#include "audit/auditor.h"
#include "audit/topology.h"

namespace astray {

/// What of one configuration could not be read or known, in the order of the configuration: problems of
/// reading, then names, settings and back addresses that a variable decides. One entry for each cause.
std::vector<AuditReport::LeftOut> left_out(const Topology& topology, SiteId site);

}  // namespace astray
