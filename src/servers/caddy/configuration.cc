#include "servers/caddy/configuration.h"

namespace astray::caddy {

bool has_placeholder(std::string_view text) {
  const size_t open = text.find('{');
  return open != std::string_view::npos && text.find('}', open) != std::string_view::npos;
}

}  // namespace astray::caddy
