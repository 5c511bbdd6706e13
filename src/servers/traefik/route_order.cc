#include <algorithm>

#include "base/ascii.h"
#include "servers/traefik/tables.h"
#include "servers/traefik/tree.h"

namespace astray::traefik {
namespace {

/// The hosts without which a rule does not fit, in lower case and without a dot at the end; absent: it has no such.
std::optional<std::vector<std::string>> required_hosts(const Rule& rule, bool negated = false) {
  negated = negated != rule.negated;
  if (rule.kind == Rule::Kind::matcher) {
    if (negated || rule.matcher != Matcher::host) return std::nullopt;
    std::vector<std::string> hosts;
    for (const std::string& value : rule.values) {
      if (value == "*" || is_filled_in(value)) return std::nullopt;
      hosts.push_back(ascii_lower(value));
      if (hosts.back().ends_with('.')) hosts.back().pop_back();
    }
    return hosts;
  }
  // A "!" before && or || turns them into one another.
  const bool all = (rule.kind == Rule::Kind::all) != negated;
  std::vector<std::string> joined;
  for (const Rule& part : rule.parts) {
    auto hosts = required_hosts(part, negated);
    if (all && hosts) return hosts;
    if (all) continue;
    if (!hosts) return std::nullopt;
    joined.insert(joined.end(), hosts->begin(), hosts->end());
  }
  if (all) return std::nullopt;
  return joined;
}

bool do_the_same(const Router& a, const Router& b) {
  const auto options = [](const Router& router) { return router.tls ? router.tls->options : std::string(); };
  return a.service == b.service && a.target.kind == b.target.kind && a.target.status == b.target.status && options(a) == options(b);
}

}  // namespace

RouteOrder::RouteOrder(const Parts& parts, std::string_view entry_point, bool over_tls) {
  for (const Router& router : parts.routers)
    if (is_on(router.entry_points, entry_point) && router.broken.empty() && router.rule && router.tls.has_value() == over_tls)
      routers_.push_back(&router);
  std::ranges::stable_sort(routers_, std::greater(), [](const Router* router) { return router->priority; });
  for (size_t i = 0; i < routers_.size(); ++i) {
    const auto hosts = required_hosts(*routers_[i]->rule);
    if (!hosts) {
      open_.push_back(i);
      continue;
    }
    for (const std::string& host : *hosts)
      if (std::vector<size_t>& at = by_host_[host]; at.empty() || at.back() != i) at.push_back(i);
  }
}

std::vector<size_t> RouteOrder::candidates(const std::string& name) const {
  std::vector<size_t> all = open_;
  std::string bare = name;
  if (bare.ends_with('.')) bare.pop_back();
  for (const std::string& key : {bare, starred(bare)})
    if (const auto found = by_host_.find(key); found != by_host_.end())
      all.insert(all.end(), found->second.begin(), found->second.end());
  std::ranges::sort(all);
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

RouteOrder::Found RouteOrder::find(const Asked& asked, const Expressions& expressions) const {
  Found found;
  const Router* maybe = nullptr;
  for (const size_t i : candidates(asked.name)) {
    const Router& router = *routers_[i];
    // Of equal priorities, the order is that of a Go map: any.
    if (found.router != nullptr && router.priority < found.router->priority) break;
    const std::optional<bool> told = fits(*router.rule, asked, router.dialect, expressions);
    if (told && !*told) continue;
    if (!told) {
      maybe = maybe != nullptr ? maybe : &router;
      continue;
    }
    if (found.router == nullptr)
      found = {Found::Outcome::found, &router};
    else if (!do_the_same(*found.router, router))
      found.outcome = Found::Outcome::unknowable;
  }
  if (maybe == nullptr) return found;
  const bool decides = found.router == nullptr || !do_the_same(*found.router, *maybe);
  if (decides) found.outcome = Found::Outcome::unknowable;
  if (found.router == nullptr) found.router = maybe;
  return found;
}

std::vector<const Router*> RouteOrder::possible(const std::string& name, const Expressions& expressions) const {
  std::vector<const Router*> all;
  const Asked asked{name, {}, "/", true};
  for (const size_t i : candidates(name))
    if (fits(*routers_[i]->rule, asked, routers_[i]->dialect, expressions).value_or(true)) all.push_back(routers_[i]);
  return all;
}

bool is_on(const std::vector<std::string>& entry_points, std::string_view name) {
  return std::ranges::find(entry_points, name) != entry_points.end();
}

}  // namespace astray::traefik
