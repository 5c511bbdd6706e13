#pragma once
#include "servers/model/server.h"

namespace astray {

/// `astray gateway`, as it is in this version of astray: its configuration goes through the reader, the
/// checks and the decisions of the running gateway (gateway/).
extern const Server astray_server;

}  // namespace astray
