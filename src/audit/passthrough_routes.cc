#include "audit/passthrough_routes.h"

#include "audit/hops.h"

namespace astray {

PassthroughRoutes::PassthroughRoutes(const Listener& listener) {
  for (const PassthroughRoute& route : listener.routes) {
    if (!route.name) {
      if (default_ == nullptr) default_ = &route;
      continue;
    }
    switch (route.name->kind) {
      case PatternKind::exact:
        exact_.try_emplace(route.name->text, &route);
        break;
      case PatternKind::dotted_suffix:
        exact_.try_emplace(route.name->text, &route);
        leading_.try_emplace(route.name->text, &route);
        break;
      case PatternKind::leading_wildcard:
        leading_.try_emplace(route.name->text, &route);
        break;
      case PatternKind::trailing_wildcard:
        trailing_.try_emplace(route.name->text, &route);
        break;
      case PatternKind::catch_all:
        if (default_ == nullptr) default_ = &route;
        break;
      case PatternKind::glob:
      case PatternKind::regex:
      case PatternKind::unknowable:
        has_unevaluated_ = true;
        break;
    }
  }
}

PassthroughRoutes::Choice PassthroughRoutes::choose(const std::optional<std::string>& sni) const {
  const std::string name = sni ? lookup_name(*sni) : std::string();
  if (const auto found = exact_.find(name); found != exact_.end()) return {found->second, true};
  const std::string_view text = name;
  for (size_t dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.', dot + 1))
    if (const auto found = leading_.find(text.substr(dot + 1)); found != leading_.end())
      return {found->second, true};
  for (size_t dot = text.rfind('.'); dot != std::string_view::npos && dot > 0; dot = text.rfind('.', dot - 1))
    if (const auto found = trailing_.find(text.substr(0, dot)); found != trailing_.end())
      return {found->second, true};
  return {default_, !has_unevaluated_};
}

}  // namespace astray
