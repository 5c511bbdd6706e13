#include "audit/wording.h"

#include <fmt/format.h>

#include "servers/kubernetes/parts.h"
#include "servers/model/server.h"

namespace astray {

std::string server_text(const Deployment& deployment) {
  if (deployment.server == ServerKind::kubernetes) return kubernetes::implementation_text(deployment);
  return fmt::format("{} {}", server(deployment.server).display_name, deployment.version.text());
}

std::string block_text(const Deployment& deployment, VirtualHostId id) {
  std::string label = deployment.virtual_host(id).label();
  if (deployment.server == ServerKind::caddy) return fmt::format("site {}", label);
  if (deployment.server == ServerKind::h2o) return fmt::format("host {}", label);
  if (deployment.server == ServerKind::astray) return fmt::format("virtual host of {}", label);
  if (deployment.server == ServerKind::trafficserver) return fmt::format("map of {}", label);
  if (deployment.server == ServerKind::haproxy) return fmt::format("proxy {}", label);
  if (deployment.server == ServerKind::traefik)
    return label.starts_with("entry point ") ? label : fmt::format("router {}", label);
  if (deployment.server == ServerKind::envoy || deployment.server == ServerKind::istio)
    return fmt::format("virtual host of {}", label);
  if (deployment.server == ServerKind::kubernetes) return fmt::format("routes of {}", label);
  return deployment.server == ServerKind::httpd ? fmt::format("<VirtualHost> of {}", label)
                                                : fmt::format("server block of {}", label);
}

Place block_place(const Topology& topology, SiteId site, VirtualHostId id) {
  const Deployment& deployment = topology.deployment(site);
  return topology.place(site, deployment.virtual_host(id).span, block_text(deployment, id));
}

}  // namespace astray
