#pragma once
#include "servers/traefik/definitions.h"
#include "servers/traefik/parts.h"

namespace astray::traefik {

/// What the middlewares of a router do to a request before its service is asked.
struct Passage {
  Target target{};
  std::optional<Setting<NameExpression>> host{};  ///< sent in the place of the client's (headers.customRequestHeaders)
  std::string broken{};  ///< a middleware is missing: the router takes nothing
};

/// The names in their order, qualified. Of several that decide, the first counts.
Passage pass(const std::vector<std::string>& names, SourceSpan span, const Definitions& definitions, Reading& reading);

}  // namespace astray::traefik
