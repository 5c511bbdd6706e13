#pragma once
#include <vector>

#include "servers/kubernetes/credentials.h"
#include "servers/kubernetes/parts.h"

namespace astray::kubernetes {

/// Ports 80 and 443 of the controllers that take these Ingresses: one for each class. What ingress-nginx makes of them is
/// read from its sources (controller.go, annotations/); of other controllers only what Ingress itself says.
void add_ingress_ports(const Reading& reading, Credentials& credentials, std::vector<PortPart>& into);

}  // namespace astray::kubernetes
