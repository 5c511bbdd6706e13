#include "servers/traefik/traefik.h"

#include "servers/traefik/behave.h"
#include "servers/traefik/read.h"
#include "servers/traefik/sources.h"

namespace astray {

const Server traefik_server = {
    ServerKind::traefik,
    "traefik",
    "Traefik",
    traefik::newest,
    "2.11.47, 3.6.18 and 3.7.2 (the router's TLS options are compared, not those of two names), 3.0.0 (syntax of rules), "
    "3.7.0 (wildcards in Host), 3.6.22 and 3.7.6 (choice of certificates); proved by reading its sources and against its "
    "own test tables, not against the running server",
    traefik::recognise,
    traefik::read,
    traefik::make_behaviour,
};

}  // namespace astray
