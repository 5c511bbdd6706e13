#include <algorithm>

#include <fmt/format.h>

#include "gateway/configuration/check_parts.h"
#include "gateway/configuration/regex_problem.h"

namespace astray::gateway {
namespace {

void check_regex(Checking& checking, const std::optional<Placed<RegexText>>& regex) {
  if (!regex) return;
  if (const auto problem = regex_problem(regex->value.text))
    checking.error(regex->place, fmt::format("this is no regular expression that PCRE2 takes: {}", *problem));
}

void check_backs_of(Checking& checking, const RouteSettings& route) {
  const Configuration& configuration = checking.configuration;
  for (const WeightedBack& weighted : route.backs) {
    const Placed<Label>& label = weighted.back;
    const BackSettings* back = find_named(configuration.backs, label.value);
    if (back == nullptr) {
      checking.error(label.place, unknown_label("back", label.value.text, labels_of(configuration.backs)));
      continue;
    }
    if (route.sni.settings && route.sni.settings->rewrite && !uses_tls(back->protocol))
      checking.error(
          route.sni.settings->rewrite->place,
          fmt::format("sni is rewritten toward back {}, which has no TLS ({}); leave sni out, or give the "
                      "back protocol: h2 or https",
                      label.value.text, other_place(back->name.place)));
  }
  const bool all_zero =
      std::ranges::all_of(route.backs, [](const WeightedBack& each) { return each.weight == 0; });
  if (!route.backs.empty() && all_zero)
    checking.error(route.place,
                   "the weights of all backs are 0: no request could go anywhere; give one a weight");
}

void check_route(Checking& checking, const RouteSettings& route) {
  check_regex(checking, route.match.regex);
  for (const HeaderMatch& header : route.match.headers) check_regex(checking, header.regex);
  check_backs_of(checking, route);
  if (route.rewrite.prefix && !route.match.prefix)
    checking.error(route.rewrite.prefix->place,
                   "rewrite.prefix stands in for the prefix that matched, and the route matches none; add "
                   "match: {prefix: …}, or use rewrite.path");
}

}  // namespace

void check_routes(Checking& checking) {
  for (const VirtualHostSettings& virtual_host : checking.configuration.virtual_hosts)
    for (const RouteSettings& route : virtual_host.routes) check_route(checking, route);
}

}  // namespace astray::gateway
