#pragma once
#include <string_view>

#include "servers/traefik/tree.h"

namespace astray::traefik {

/// Puts a value where a flag or label names it: "entryPoints.web.address", "http.services.s.loadBalancer.servers[0].url".
/// Names that differ in letter case alone are one. False: the name is no such path (empty parts, more than 32 parts, an
/// index beyond 999), and nothing is changed.
bool put(Node& root, std::string_view dotted_name, std::string_view value, SourceSpan place);

/// Adds what `from` has and `into` lacks, map by map.
void merge(Node& into, const Node& from);

}  // namespace astray::traefik
