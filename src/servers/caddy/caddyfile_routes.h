#pragma once
// The handler directives of a Caddyfile as routes, in the order that Caddy runs them
// (https://caddyserver.com/docs/caddyfile/directives#directive-order).
#include <map>
#include <string>
#include <vector>

#include "servers/caddy/caddyfile_tree.h"
#include "servers/caddy/configuration.h"

namespace astray::caddy {

/// What the routes of all sites are read with.
struct RouteReading {
  Deployment& deployment;              ///< for problems, and for its version
  std::vector<std::string> order;      ///< of directives
};

/// Caddy's own order.
std::vector<std::string> standard_order();
/// `order NAME first|last|before OTHER|after OTHER` of the global options.
void apply_order(const Directive& option, RouteReading& reading);

/// Whether a directive of a site says how it listens and not what it answers: tls, bind, log, handle_errors.
bool is_setting(std::string_view directive);

/// The routes of a site's directives.
std::vector<Route> routes_of(const std::vector<Directive>& directives, RouteReading& reading);

}  // namespace astray::caddy
