#pragma once
#include <string_view>

#include "servers/traefik/tree.h"

namespace astray::traefik {

/// TOML as the same tree that YAML is read into, with its places in `file`, within the same limits. Tables come in the
/// order of their keys. Dates are text.
Result<Node, gateway::YamlError> read_toml(std::string_view text, SourceFileId file);

}  // namespace astray::traefik
