#pragma once
// What Traffic Server keeps of its files, as far as answers depend on it.
#include <optional>
#include <string>
#include <vector>

#include "servers/trafficserver/certificates.h"
#include "servers/trafficserver/remap.h"
#include "servers/trafficserver/sni.h"

namespace astray::trafficserver {

/// One port of proxy.config.http.server_ports. Its ListenerId is its index.
struct ServerPort {
  bool speaks_h1 = true, speaks_h2 = true;
};

struct Parts {
  std::vector<RemapRule> rules;
  std::vector<SniEntry> sni;
  CertificateIndex certificates;
  std::vector<ServerPort> ports;

  Setting<int> host_sni_policy;           ///< 0 nothing, 1 warn, 2 refuse
  Setting<bool> remap_required;           ///< false: names without a rule are asked for as they are
  Setting<std::string> no_host_redirect;  ///< where requests for such names are sent; "" when none
  Setting<uint8_t> versions;              ///< tls_version bits
  Setting<ClientAuthentication> client_authentication;
  ClientAuthorities authorities;
  Setting<bool> session_tickets;
  Setting<std::string> session_cache;     ///< "" when there is none
  std::optional<Stated<std::string>> plugin;  ///< of plugin.config, one that may answer any request
};

}  // namespace astray::trafficserver
