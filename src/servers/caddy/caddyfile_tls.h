#pragma once
// The `tls` directive (https://caddyserver.com/docs/caddyfile/directives/tls).
#include <map>
#include <string>

#include "servers/caddy/caddyfile_tree.h"
#include "servers/caddy/configuration.h"

namespace astray::caddy {

struct SiteTls {
  ConnectionPolicy policy;
  bool on_demand = false;
  /// Nothing in the policy but that TLS is on.
  bool is_empty() const;
};

/// Reads `tls` lines of all sites: certificates that several of them name are loaded once, under one tag.
class TlsDirectives {
 public:
  /// Relative paths are found from `folder`.
  TlsDirectives(std::string folder, Deployment& deployment, HttpConfiguration& configuration)
      : folder_(std::move(folder)), deployment_(deployment), configuration_(configuration) {}

  SiteTls read(const Directive& directive);

 private:
  void take_certificate(const Directive& directive, SiteTls& tls);
  void take_clients(const Directive& block, ConnectionPolicy& policy);
  void complain(SourceSpan span, std::string message);

  std::string folder_;
  Deployment& deployment_;
  HttpConfiguration& configuration_;
  std::map<std::string, std::string> tags_;
};

}  // namespace astray::caddy
