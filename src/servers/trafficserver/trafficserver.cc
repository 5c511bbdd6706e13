#include "servers/trafficserver/trafficserver.h"

#include "servers/trafficserver/behave.h"
#include "servers/trafficserver/read.h"

namespace astray {

const Server trafficserver_server = {
    ServerKind::trafficserver,
    "trafficserver",
    "Traffic Server",
    trafficserver::newest,
    "9.2 to 10.1 (9.2.9 proved against the real server, others by reading); changes at 9.2.15 and 10.1.4 (host_sni_policy and "
    "sni.yaml compare whole names)",
    trafficserver::recognise,
    trafficserver::read,
    trafficserver::make_behaviour,
};

}  // namespace astray
