#pragma once
#include <vector>

#include "audit/back_edges.h"
#include "audit/coalescing.h"
#include "audit/misdirection.h"
#include "audit/topology.h"
#include "audit/waivers.h"

namespace astray {

/// What rules are given: the topology, and what several of them need, computed once.
struct AuditContext {
  const Topology& topology;
  const Waivers& waivers;
  std::vector<CoalescingGroup> groups;      ///< of every TLS listener of every site
  std::vector<Misdirection> misdirections;  ///< within the groups, to which they point
  std::vector<SurveyedEdge> tls_back_edges;
};

AuditContext make_context(const Topology& topology, const Waivers& waivers);

}  // namespace astray
