#include "servers/envoy/envoy.h"

#include "servers/envoy/behave.h"
#include "servers/envoy/read.h"
#include "servers/envoy/recognise.h"

namespace astray {

const Server envoy_server = {
    ServerKind::envoy,
    "envoy",
    "Envoy",
    envoy::newest,
    "1.22.0 (TLS 1.2 at least), 1.25.0 (certificates of a chain by SNI); proved by reading its sources and against "
    "its own test tables, not against the running server",
    envoy::recognise,
    envoy::read,
    envoy::make_behaviour,
};

}  // namespace astray
