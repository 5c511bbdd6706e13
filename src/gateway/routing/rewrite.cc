#include "gateway/routing/rewrite.h"

#include "base/check.h"
#include "gateway/routing/path.h"

namespace astray::gateway {

void rewrite_target(std::string& target, const Route& route) {
  if (!target.starts_with('/')) return;
  if (route.rewrite.path) {
    target.replace(0, path_of(target).size(), route.rewrite.path->text);
    return;
  }
  if (!route.rewrite.prefix) return;
  CHECK(route.conditions.path_kind() == RouteConditions::PathKind::prefix);
  const std::string_view matched = route.conditions.path_text();
  CHECK(has_prefix_segments(path_of(target), matched));
  const std::string_view replacement = route.rewrite.prefix->value.text;
  // A slash at the replacement's end is the one that follows, if one follows.
  const bool ends = path_of(target).size() == matched.size();
  target.replace(0, matched.size(), ends ? replacement : prefix_segments(replacement));
}

}  // namespace astray::gateway
