#pragma once
#include <vector>

#include "audit/coalescing.h"
#include "audit/hops.h"
#include "audit/topology.h"
#include "audit/waivers.h"

namespace astray {

/// What rules are given: the topology, and what several of them need, computed once.
struct AuditContext {
  const Topology& topology;
  const Waivers& waivers;
  std::vector<CoalescingGroup> groups;  ///< of every listener of every site
};

AuditContext make_context(const Topology& topology, const Waivers& waivers);

}  // namespace astray
