#pragma once
#include <vector>

#include "servers/kubernetes/cluster.h"
#include "servers/model/service.h"

namespace astray::kubernetes {

/// The Services of a cluster with the endpoints that its EndpointSlices give: "a.shop.svc.cluster.local:8080" and
/// where connections to it arrive. A Service of type ExternalName leads to that name.
std::vector<Service> services_of(const Cluster& cluster);

}  // namespace astray::kubernetes
