#include <algorithm>

#include <fmt/format.h>

#include "gateway/configuration/check_parts.h"
#include "gateway/configuration/regex_problem.h"
#include "gateway/routing/field_edits.h"
#include "gateway/routing/path.h"

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

void check_path(Checking& checking, SourceSpan place, std::string_view key,
                const std::optional<UrlPathText>& path) {
  if (!path) return;
  if (const auto problem = path_problem(path->text))
    checking.error(place, fmt::format("{} is no path that a request may have: {}; expected one such as "
                                      "/a/b, with other bytes percent-encoded",
                                      key, describe(*problem)));
}

void check_spelling(Checking& checking, SourceSpan place, std::string_view key,
                    const std::optional<UrlPathText>& path) {
  if (!path || path_problem(path->text)) return;
  const std::string canonical = canonical_path(path->text);
  if (canonical != path->text)
    checking.warning(place, fmt::format("{} is {}, and requests for {}, which backs may take for the same, "
                                        "get 400; write it so if that is meant",
                                        key, path->text, canonical));
}

void check_paths(Checking& checking, const RouteSettings& route) {
  check_spelling(checking, route.place, "match.prefix", route.match.prefix);
  check_spelling(checking, route.place, "match.exact", route.match.exact);
  check_path(checking, route.place, "match.prefix", route.match.prefix);
  check_path(checking, route.place, "match.exact", route.match.exact);
  check_path(checking, route.place, "rewrite.path", route.rewrite.path);
  if (route.rewrite.prefix)
    check_path(checking, route.rewrite.prefix->place, "rewrite.prefix", route.rewrite.prefix->value);
  if (route.redirect) check_path(checking, route.place, "redirect.path", route.redirect->path);
}

void check_field_name(Checking& checking, SourceSpan place, const FieldName& name) {
  if (!is_open_to_routes(name.text)) checking.error(place, closed_to_routes(name.text));
}

void check_field_names(Checking& checking, const RouteSettings& route) {
  for (const HeaderMatch& header : route.match.headers) check_field_name(checking, route.place, header.name);
  for (const HeaderEditSettings* edits : {&route.request_headers, &route.response_headers})
    for (const FieldName& name : edited_names(*edits)) check_field_name(checking, route.place, name);
}

bool takes_everything(const MatchSettings& match) {
  return !match.prefix && !match.exact && !match.regex && match.methods.empty() && match.headers.empty();
}

void check_order(Checking& checking, const VirtualHostSettings& virtual_host) {
  const std::vector<RouteSettings>& routes = virtual_host.routes;
  const auto all =
      std::ranges::find_if(routes, [](const RouteSettings& route) { return takes_everything(route.match); });
  if (all == routes.end() || all + 1 == routes.end()) return;
  checking.warning((all + 1)->place,
                   fmt::format("no request gets to this route: the one of {} takes all; put it last",
                               other_place(all->place)));
}

void check_route(Checking& checking, const RouteSettings& route) {
  check_paths(checking, route);
  check_field_names(checking, route);
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
  for (const VirtualHostSettings& virtual_host : checking.configuration.virtual_hosts) {
    for (const RouteSettings& route : virtual_host.routes) check_route(checking, route);
    check_order(checking, virtual_host);
  }
}

}  // namespace astray::gateway
