#pragma once
// How findings of every rule call servers and virtual hosts.
#include <string>

#include "audit/finding.h"
#include "audit/topology.h"

namespace astray {

/// "nginx 1.29.7", "Apache httpd 2.4.66".
std::string server_text(const Deployment& deployment);
/// "server block of priv.test", "<VirtualHost> of priv.test".
std::string block_text(const Deployment& deployment, VirtualHostId virtual_host);
Place block_place(const Topology& topology, SiteId site, VirtualHostId virtual_host);

}  // namespace astray
