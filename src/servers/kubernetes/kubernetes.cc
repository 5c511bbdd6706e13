#include "servers/kubernetes/kubernetes.h"

#include "servers/kubernetes/behave.h"
#include "servers/kubernetes/read.h"

namespace astray {

const Server kubernetes_server = {
    ServerKind::kubernetes,
    "kubernetes",
    "Kubernetes Gateway API",
    kubernetes::newest,
    "1.3.0 (421 for what another listener owns); proved against the API's own conformance tables, and "
    "by reading ingress-nginx, Istio and Envoy Gateway",
    kubernetes::recognise,
    kubernetes::read,
    kubernetes::make_behaviour,
};

}  // namespace astray
