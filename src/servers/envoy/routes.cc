#include "servers/envoy/routes.h"

#include <fmt/format.h>

#include <array>

#include "base/ascii.h"
#include "servers/envoy/clusters.h"

namespace astray::envoy {
namespace {

using NameKind = NameExpression::Kind;

/// StringMatcher, or one of HeaderMatcher's older fields.
void take_text_match(const Node* match, FieldMatch& into) {
  struct Spelling {
    const char* name;
    FieldMatch::Kind kind;
  };
  constexpr std::array<Spelling, 8> spellings = {{{"exact", FieldMatch::Kind::exact},
                                                  {"prefix", FieldMatch::Kind::prefix},
                                                  {"suffix", FieldMatch::Kind::suffix},
                                                  {"contains", FieldMatch::Kind::contains},
                                                  {"exact_match", FieldMatch::Kind::exact},
                                                  {"prefix_match", FieldMatch::Kind::prefix},
                                                  {"suffix_match", FieldMatch::Kind::suffix},
                                                  {"contains_match", FieldMatch::Kind::contains}}};
  for (const Spelling& spelling : spellings) {
    if (field(match, spelling.name) == nullptr) continue;
    into.kind = spelling.kind;
    into.value = text(match, spelling.name);
    into.ignore_case = flag(match, "ignore_case", false);
    return;
  }
  for (const char* regex : {"safe_regex", "safe_regex_match"}) {
    const Node* expression = field(match, regex);
    if (expression == nullptr) continue;
    into.kind = FieldMatch::Kind::regex;
    into.value = text(expression, "regex");
    return;
  }
  into.kind = FieldMatch::Kind::unknowable;
}

FieldMatch field_match(const Node* header) {
  FieldMatch match;
  match.name = ascii_lower(text(header, "name"));
  match.inverted = flag(header, "invert_match", false);
  if (field(header, "present_match") != nullptr) {
    match.inverted ^= !flag(header, "present_match", true);
  } else if (const Node* string_match = field(header, "string_match")) {
    take_text_match(string_match, match);
  } else if (header->members.size() > (field(header, "invert_match") != nullptr ? 2U : 1U)) {
    take_text_match(header, match);
  }
  return match;
}

RouteMatch route_match(const Node* match) {
  RouteMatch read;
  read.ignore_case = !flag(match, "case_sensitive", true);
  if (field(match, "prefix") != nullptr) {
    read.value = text(match, "prefix");
  } else if (field(match, "path") != nullptr) {
    read.path = RouteMatch::Path::exact;
    read.value = text(match, "path");
  } else if (field(match, "path_separated_prefix") != nullptr) {
    read.path = RouteMatch::Path::separated_prefix;
    read.value = text(match, "path_separated_prefix");
  } else if (const Node* regex = field(match, "safe_regex")) {
    read.path = RouteMatch::Path::regex;
    read.value = text(regex, "regex");
  } else if (field(match, "connect_matcher") != nullptr) {
    read.never_plain = true;
  } else {
    read.path = RouteMatch::Path::unknowable;
    read.unknowable = "a path matcher that astray does not read";
  }
  for (const Node* header : items(match, "headers")) read.fields.push_back(field_match(header));
  for (const Node* parameter : items(match, "query_parameters"))
    read.never_plain |= flag(parameter, "present_match", true);
  if (field(match, "grpc") != nullptr) read.never_plain = true;
  const Node* tls = field(match, "tls_context");
  if (field(tls, "presented") != nullptr) read.client_certificate = flag(tls, "presented", true);
  for (const char* name : {"runtime_fraction", "dynamic_metadata", "filter_state", "cookies"})
    if (field(match, name) != nullptr) read.unknowable = name;
  return read;
}

std::string location_of(const RouteMatch& match) {
  switch (match.path) {
    case RouteMatch::Path::prefix: return match.value;
    case RouteMatch::Path::exact: return "= " + match.value;
    case RouteMatch::Path::separated_prefix: return match.value + "/";
    case RouteMatch::Path::regex: return "~ " + match.value;
    case RouteMatch::Path::unknowable: return "?";
  }
  return "";
}

Setting<NameExpression> host_of(const Node* action) {
  if (const Node* literal = field(action, "host_rewrite_literal"))
    return {{NameKind::fixed, literal->text}, literal->place, Provenance::set};
  if (flag(action, "auto_host_rewrite", false))
    return {{NameKind::back_host, ""}, place(field(action, "auto_host_rewrite")), Provenance::set};
  for (const char* name : {"host_rewrite_header", "host_rewrite_path_regex", "host_rewrite"})
    if (const Node* rewrite = field(action, name))
      return {{NameKind::unknowable, fmt::format("{} {}", name, rewrite->text)}, rewrite->place, Provenance::unknowable};
  return {{NameKind::request_host_raw, ""}, {}, Provenance::default_value};
}

void take_clusters(const Node* action, Reading& reading, Route& route) {
  std::vector<std::string> clusters;
  if (const std::string one = text(action, "cluster"); !one.empty()) clusters.push_back(one);
  for (const Node* weighted : items(field(action, "weighted_clusters"), "clusters"))
    if (number(weighted, "weight").value_or(1) != 0) clusters.push_back(text(weighted, "name"));
  BackEdge edge;
  edge.span = action->place;
  edge.location = location_of(route.match);
  edge.host = host_of(action);
  for (const std::string& cluster : clusters) take_cluster(cluster, reading, route.back_edges.emplace_back(edge));
  if (!clusters.empty()) return;
  // cluster_header, cluster_specifier_plugin: the request decides.
  edge.target = "?";
  edge.addresses_known = false;
  route.back_edges.push_back(std::move(edge));
}

int redirect_status(const std::string& code) {
  if (code == "FOUND") return 302;
  if (code == "SEE_OTHER") return 303;
  if (code == "TEMPORARY_REDIRECT") return 307;
  if (code == "PERMANENT_REDIRECT") return 308;
  return 301;
}

Route read_route(const Node* node, Reading& reading) {
  Route route;
  route.span = node->place;
  route.match = route_match(field(node, "match"));
  if (const Node* action = field(node, "route")) {
    route.target.kind = RouteTarget::Kind::cluster;
    take_clusters(action, reading, route);
    for (const char* rewrite : {"prefix_rewrite", "regex_rewrite", "path_rewrite_policy"})
      route.content += content(field(action, rewrite)) + ";";
  } else if (const Node* redirect = field(node, "redirect")) {
    route.content = content(redirect);
    route.target = {RouteTarget::Kind::redirect, redirect_status(text(redirect, "response_code"))};
  } else if (const Node* direct = field(node, "direct_response")) {
    route.content = content(direct);
    route.target = {RouteTarget::Kind::direct_response, static_cast<int>(number(direct, "status").value_or(0))};
    if (route.target.status < 200 || route.target.status > 599) {
      reading.error(direct->place, "the status of this direct_response is none from 200 to 599");
      route.target = {RouteTarget::Kind::unknowable, 0};
    }
  }
  return route;
}

}  // namespace

RouteTable read_route_table(const Node* configuration, Reading& reading) {
  RouteTable table;
  table.name = text(configuration, "name");
  table.span = place(configuration);
  table.ignores_port = flag(configuration, "ignore_port_in_host_matching", false);
  if (field(configuration, "vhds") != nullptr || field(configuration, "vhost_header") != nullptr) {
    table.known = false;
    reading.warning(table.span, fmt::format("the virtual hosts of route configuration {} are found on demand or by "
                                            "another field than the authority; they are not read",
                                            table.name));
  }
  for (const Node* node : items(configuration, "virtual_hosts")) {
    RouteVirtualHost& host = table.virtual_hosts.emplace_back();
    host.name = text(node, "name");
    host.span = node->place;
    host.requires_tls = text(node, "require_tls") == "ALL" || text(node, "require_tls") == "EXTERNAL_ONLY";
    for (const Node* domain : items(node, "domains"))
      if (domain->is_text() && !domain->text.empty())
        host.domains.push_back({ascii_lower(domain->text), domain->place});
    if (host.domains.empty())
      reading.error(host.span, fmt::format("virtual host {} has no domains; expected a list such as [\"a.test\"]",
                                           host.name));
    for (const Node* route : items(node, "routes")) host.routes.push_back(read_route(route, reading));
    if (field(node, "matcher") != nullptr) {
      Route& unread = host.routes.emplace_back();
      unread.span = place(field(node, "matcher"));
      unread.match.unknowable = "matcher";
    }
  }
  return table;
}

}  // namespace astray::envoy
