#pragma once
#include "servers/model/server.h"

namespace astray {

/// HAProxy: its rules are evaluated, request by request; what the reader does not know is *could not tell*.
extern const Server haproxy_server;

}  // namespace astray
