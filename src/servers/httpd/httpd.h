#pragma once
#include "servers/model/server.h"

namespace astray {

/// Apache httpd 2.4 with mod_ssl, mod_http2 and mod_proxy.
extern const Server httpd_server;

}  // namespace astray
