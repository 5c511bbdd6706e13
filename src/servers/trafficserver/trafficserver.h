#pragma once
#include "servers/model/server.h"

namespace astray {

extern const Server trafficserver_server;

}  // namespace astray
