#pragma once
// What the behaviours of some servers ask beside the model: each server's own, known in full by its room alone.

namespace astray {

namespace own_gateway {
struct Parts;  // servers/astray/parts.h
}
namespace haproxy {
struct Parts;  // servers/haproxy/parts.h
}
namespace caddy {
struct Parts;  // servers/caddy/parts.h
}
namespace h2o {
struct Parts;  // servers/h2o/parts.h
}
namespace envoy {
struct Parts;  // servers/envoy/parts.h
}
namespace trafficserver {
struct Parts;  // servers/trafficserver/parts.h
}
namespace traefik {
struct Parts;  // servers/traefik/parts.h
}
namespace kubernetes {
struct Parts;  // servers/kubernetes/parts.h
}

}  // namespace astray
