#pragma once
#include "servers/model/server.h"

namespace astray {

/// nginx: see servers/nginx/versions.h for what changes with its version.
extern const Server nginx_server;

}  // namespace astray
