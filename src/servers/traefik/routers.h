#pragma once
#include "servers/traefik/definitions.h"
#include "servers/traefik/parts.h"
#include "servers/traefik/statics.h"

namespace astray::traefik {

/// Fills entry points, routers (each of them once for each of its entry points, with what that adds), TLS options and
/// certificates.
Parts read_parts(const Definitions& definitions, Statics statics, Reading& reading);

}  // namespace astray::traefik
