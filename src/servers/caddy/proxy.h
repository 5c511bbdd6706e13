#pragma once
// What Caddy's reverse_proxy sends to its backs, whichever way it is configured.
#include <optional>
#include <string>
#include <vector>

#include "servers/caddy/configuration.h"

namespace astray::caddy {

struct ProxySettings {
  SourceSpan span;
  std::string location;          ///< of the front, as written
  std::vector<Word> upstreams;   ///< "127.0.0.1:8080", "https://inner.test", "unix//run/x.sock"
  bool has_dynamic_upstreams = false;
  std::optional<Word> host;      ///< set for the back by header_up Host
  bool is_fastcgi = false;
  bool tls = false;
  std::optional<Word> tls_server_name;
  std::optional<SourceSpan> skips_verification;
  std::optional<int> idle_connections;  ///< per back; 0: keepalive off
};

BackEdge back_edge_of(const ProxySettings& settings, const Version& version);

}  // namespace astray::caddy
