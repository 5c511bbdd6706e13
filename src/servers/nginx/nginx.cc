#include "servers/nginx/nginx.h"

#include "servers/nginx/read.h"
#include "servers/nginx/versions.h"

namespace astray {

const Server nginx_server = {
    ServerKind::nginx,
    "nginx",
    "nginx",
    nginx::newest,
    "1.22 to 1.31.4; changes at 1.25.1 (http2 directive), 1.27.4 and 1.29.2 (session resumption across "
    "servers), "
    "1.29.1 (Host beside :authority), 1.29.4 (validation of names), 1.29.7 (back keepalive by default)",
    nginx::recognise,
    nginx::read,
    nginx::make_behaviour,
};

}  // namespace astray
