#pragma once
#include "servers/model/server.h"

namespace astray {

/// Envoy, read from its bootstrap, its configuration files or its config_dump. Proved by its sources and against
/// its own public test tables (servers/envoy/tables_test.cc): Debian has no package of it.
extern const Server envoy_server;

}  // namespace astray
