#pragma once
#include "servers/model/server.h"

namespace astray {

extern const Server traefik_server;

}  // namespace astray
