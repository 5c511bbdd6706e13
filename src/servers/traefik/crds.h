#pragma once
// Traefik's own Kubernetes objects (IngressRoute and what it names) as the dynamic configuration that its provider
// "kubernetescrd" makes of them (pkg/provider/kubernetes/crd/).
#include "servers/kubernetes/objects.h"
#include "servers/traefik/definitions.h"

namespace astray::traefik {

/// Whether an object is of Traefik's groups: traefik.io, and traefik.containo.us before 3.0.
bool is_crd(const kubernetes::Object& object);

/// The flags of a workload's container whose image is Traefik's; nullptr: there are none.
const Node* flags_of_workload(const std::vector<kubernetes::Object>& objects, Reading& reading);

Source source_of(const std::vector<kubernetes::Object>& objects, Reading& reading);

}  // namespace astray::traefik
