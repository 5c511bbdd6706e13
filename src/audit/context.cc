#include "audit/context.h"

namespace astray {

AuditContext make_context(const Topology& topology, const Waivers& waivers) {
  return {topology, waivers, coalescing_groups(topology)};
}

}  // namespace astray
