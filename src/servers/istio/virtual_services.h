#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "servers/envoy/parts.h"
#include "servers/istio/mesh.h"

namespace astray::istio {

/// One server of a Gateway, as virtual services are bound to it.
struct BoundServer {
  const kubernetes::Object* gateway = nullptr;
  const Node* server = nullptr;
  Port port{443};
};

/// The virtual hosts of servers that share a route configuration: one for each host that a server and a virtual
/// service bound to its gateway have in common (pilot's gateway HTTP route configuration). None of a server's hosts
/// is answered that no virtual service has.
envoy::RouteTable route_table(const std::vector<BoundServer>& servers, const Reading& reading);

/// A route of TLS that goes through: its SNI patterns, and where it leads.
struct TlsRoute {
  std::vector<std::string> sni_hosts;
  SourceSpan span;
  BackEdge back;
};
std::vector<TlsRoute> tls_routes(const BoundServer& server, const Reading& reading);

}  // namespace astray::istio
