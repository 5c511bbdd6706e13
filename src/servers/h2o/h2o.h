#pragma once
#include "servers/model/server.h"

namespace astray {

extern const Server h2o_server;

}  // namespace astray
