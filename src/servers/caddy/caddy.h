#pragma once
#include "servers/model/server.h"

namespace astray {

extern const Server caddy_server;

}  // namespace astray
