#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "servers/caddy/caddyfile_tree.h"
#include "servers/caddy/configuration.h"

namespace astray::caddy {

/// Matchers of a site by their names ("@api").
using NamedMatchers = std::map<std::string, MatcherSet, std::less<>>;

/// Those that the directives define (https://caddyserver.com/docs/caddyfile/matchers#named-matchers).
NamedMatchers named_matchers(const std::vector<Directive>& directives, Deployment& deployment);

/// What the first argument of a directive matches: "*", "/path*" or "@name". Absent: it is no matcher.
std::optional<std::vector<MatcherSet>> matcher_token(const Directive& directive, const NamedMatchers& matchers,
                                                     Deployment& deployment);

}  // namespace astray::caddy
