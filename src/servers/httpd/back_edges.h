#pragma once
#include <vector>

#include "servers/httpd/problems.h"
#include "servers/httpd/statements.h"

namespace astray::httpd {

/// The back edges of a section: its own mappings first, then those of the main server, as mod_proxy tries
/// them.
std::vector<BackEdge> back_edges(const ServerStatements& own, const ServerStatements& main,
                                 const GlobalStatements& global, Problems& problems);

/// Whether mod_proxy takes every request for "/" (so that mod_alias is not asked).
bool proxies_root(const ServerStatements& own, const ServerStatements& main);

}  // namespace astray::httpd
