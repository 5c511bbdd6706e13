#pragma once
// proxy.config.http.server_ports: "443:ssl:ip-in=192.0.2.1 8080" (HttpProxyPort::processOptions in RecHttp.cc).
#include "servers/trafficserver/parts.h"

namespace astray::trafficserver {

/// Fills the deployment's listeners and the parts' ports, one for the other. What is no listener for HTTP over TCP
/// (QUIC, plugins, transparent ports, file descriptors without port) is left out.
void read_server_ports(const Setting<std::string>& text, Deployment& deployment, Parts& parts);

}  // namespace astray::trafficserver
