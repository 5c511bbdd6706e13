#include "servers/caddy/caddy.h"

#include "servers/caddy/behave.h"
#include "servers/caddy/read.h"

namespace astray {

const Server caddy_server = {
    ServerKind::caddy,
    "caddy",
    "Caddy",
    caddy::newest,
    "2.6 to 2.11 (2.6.2 proved against the real server, later ones by reading); changes at 2.7 (alerts for client "
    "certificates), 2.10.1 (back connections under a server name with a placeholder), 2.11 (Host toward TLS backs)",
    caddy::recognise,
    caddy::read,
    caddy::make_behaviour,
};

}  // namespace astray
