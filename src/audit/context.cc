#include "audit/context.h"

namespace astray {

AuditContext make_context(const Topology& topology, const Waivers& waivers) {
  AuditContext context{topology, waivers, coalescing_groups(topology), {}, survey_tls_back_edges(topology)};
  context.misdirections = misdirections(topology, context.groups);
  return context;
}

}  // namespace astray
