#pragma once
#include "servers/kubernetes/cluster.h"

namespace astray::kubernetes {

/// What a reference to a Service leads to: its name in the cluster's DNS, and TLS by the BackendTLSPolicy that is
/// about it. `front_host` is the Host field that the rule sends.
BackEdge edge_to_service(const Node* reference, const Object& route, const Reading& reading);

/// The BackendTLSPolicy of a Service's port; of several the oldest, one for the port before one for all. nullptr: none.
const Object* tls_policy_of(const std::string& service, const Node* port, const Reading& reading);

/// The port of this number or name of a Service; nullptr: it is not among the objects, or has none.
const Node* service_port(const std::string& service, std::string_view number_or_name, const Reading& reading);

}  // namespace astray::kubernetes
