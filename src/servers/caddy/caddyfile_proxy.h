#pragma once
#include <string>
#include <vector>

#include "servers/caddy/caddyfile_tree.h"
#include "servers/model/back_edge.h"

namespace astray::caddy {

/// What `reverse_proxy` sends to its back. `arguments` are those behind the matcher, `location` is the matcher as
/// written.
BackEdge back_edge_of(const Directive& directive, const std::vector<Token>& arguments, std::string location,
                      Deployment& deployment);

}  // namespace astray::caddy
