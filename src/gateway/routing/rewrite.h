#pragma once
#include <string>

#include "gateway/routing/route_table.h"

namespace astray::gateway {

/// Gives the target the path that the route has for the back; the query stays. "*" and "" stay as they are.
/// A prefix is taken off in whole segments, as it matched: with /api → /v2, "/api" becomes "/v2" and "/api/x"
/// "/v2/x"; with /api → /, "/api" becomes "/" and "/api/x" "/x".
void rewrite_target(std::string& target, const Route& route);

}  // namespace astray::gateway
