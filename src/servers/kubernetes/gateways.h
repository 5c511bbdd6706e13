#pragma once
#include <vector>

#include "servers/kubernetes/credentials.h"
#include "servers/kubernetes/listeners.h"
#include "servers/kubernetes/parts.h"

namespace astray::kubernetes {

/// The ports of all Gateways: their listeners with certificates, client authentication, and the hosts of the routes that
/// are attached.
void add_gateway_ports(const Gateways& gateways, const Reading& reading, Credentials& credentials, std::vector<PortPart>& into);

/// Who validates clients of a listener: spec.tls.frontend of its Gateway for the port, else its default (GEP-91); before
/// v1.4 the listener's own. nullptr: nobody.
const Node* frontend_validation(const Object& gateway, const GatewayListener& listener);

/// Which listeners of a port the condition OverlappingTLSConfig is about, by certificate and by host name.
void find_overlaps(PortPart& port);

}  // namespace astray::kubernetes
