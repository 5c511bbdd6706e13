#include "servers/istio/istio.h"

#include "servers/envoy/behave.h"
#include "servers/istio/read.h"

namespace astray {

const Server istio_server = {
    ServerKind::istio,
    "istio",
    "Istio",
    istio::newest,
    "1.20.0 (the SNI toward a back is the Host); proved by reading its sources and those of Envoy, not against the "
    "running server",
    istio::recognise,
    istio::read,
    envoy::make_behaviour,
};

}  // namespace astray
