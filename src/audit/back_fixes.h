#pragma once
// What to write into a front's configuration so that what it sends to its back agrees.
#include "audit/finding.h"
#include "audit/topology.h"

namespace astray {

/// Makes the SNI follow the Host that is sent.
Fix let_sni_follow_host(const Topology& topology, SiteId site, VirtualHostId front, const BackEdge& edge,
                        const std::string& example_host);

/// How the names of a pool are spread over the locations that use it.
enum class PoolUse : uint8_t { one_name_per_location, several_names_in_a_location };

/// Keeps connections that were opened for one name away from requests for another, `later`.
Fix keep_pool_apart(const Topology& topology, SiteId site, const BackEdge& edge, PoolUse use,
                    const std::string& later);

}  // namespace astray
