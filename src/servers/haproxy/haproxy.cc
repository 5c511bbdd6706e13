#include "servers/haproxy/haproxy.h"

#include "servers/haproxy/behave.h"
#include "servers/haproxy/read.h"

namespace astray {

const Server haproxy_server = {
    ServerKind::haproxy,
    "haproxy",
    "HAProxy",
    haproxy::newest,
    "2.6 to 3.4; changes at 2.8 (HTTP/2 without alpn), 2.9 (converter word), 3.0 (default-crt, versions of the default's own line), 3.3 "
    "(SNI toward backs by default). Proved cell by cell against 2.6.12; later ones by reading",
    haproxy::recognise,
    haproxy::read,
    haproxy::make_behaviour,
};

}  // namespace astray
