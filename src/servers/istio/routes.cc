#include "servers/istio/routes.h"

#include "base/ascii.h"
#include "servers/istio/destinations.h"

namespace astray::istio {
namespace {

using envoy::field;
using envoy::FieldMatch;
using envoy::items;
using envoy::place;
using envoy::RouteMatch;
using envoy::RouteTarget;
using envoy::text;
using HostKind = NameExpression::Kind;

/// StringMatch: exact, prefix or regex.
FieldMatch string_match(std::string name, const Node* match) {
  FieldMatch read;
  read.name = ascii_lower(name);
  if (field(match, "exact") != nullptr) {
    read.kind = FieldMatch::Kind::exact;
    read.value = text(match, "exact");
  } else if (field(match, "prefix") != nullptr) {
    read.kind = FieldMatch::Kind::prefix;
    read.value = text(match, "prefix");
  } else if (field(match, "regex") != nullptr) {
    read.kind = FieldMatch::Kind::regex;
    read.value = text(match, "regex");
  }
  return read;
}

RouteMatch match_of(const Node* match) {
  RouteMatch read;
  read.value = "/";
  if (match == nullptr) return read;
  if (const Node* uri = field(match, "uri")) {
    const FieldMatch path = string_match("", uri);
    read.path = path.kind == FieldMatch::Kind::exact   ? RouteMatch::Path::exact
                : path.kind == FieldMatch::Kind::regex ? RouteMatch::Path::regex
                                                       : RouteMatch::Path::prefix;
    read.value = path.value;
    read.ignore_case = envoy::flag(match, "ignore_uri_case", false);
  }
  for (const char* name : {"scheme", "method", "authority"})
    if (const Node* condition = field(match, name))
      read.fields.push_back(string_match(std::string(":") + name, condition));
  if (const Node* headers = field(match, "headers"))
    for (const gateway::YamlMember& header : headers->members)
      read.fields.push_back(string_match(header.name, &header.value));
  if (const Node* without = field(match, "without_headers")) {
    for (const gateway::YamlMember& header : without->members) {
      read.fields.push_back(string_match(header.name, &header.value));
      read.fields.back().inverted = true;
    }
  }
  if (field(match, "query_params") != nullptr) read.never_plain = true;
  for (const char* name : {"source_labels", "source_namespace"})
    if (field(match, name) != nullptr) read.never_plain = true;  // of sidecars: nothing of a gateway's clients
  return read;
}

void take_back_edges(const Node* rule, std::string_view name_space, const Reading& reading, envoy::Route& route) {
  BackEdge edge;
  edge.span = rule->place;
  edge.location = route.match.value;
  edge.host = {{HostKind::request_host_raw, ""}, {}, Provenance::default_value};
  if (const Node* authority = field(field(rule, "rewrite"), "authority"))
    edge.host = {{HostKind::fixed, authority->text}, authority->place, Provenance::set};
  for (const Node* target : items(rule, "route")) {
    if (envoy::number(target, "weight").value_or(1) == 0) continue;
    BackEdge& made = route.back_edges.emplace_back(edge);
    made.span = target->place;
    take_destination(field(target, "destination"), name_space, reading, made);
  }
}

}  // namespace

envoy::Route read_route(const Node* rule, const Node* match, std::string_view name_space, const Reading& reading) {
  envoy::Route route;
  route.span = rule->place;
  route.match = match_of(match);
  for (const char* part : {"redirect", "direct_response", "rewrite"})
    route.content += envoy::content(field(rule, part)) + ";";
  if (const Node* redirect = field(rule, "redirect")) {
    constexpr int moved = 301;
    const auto code = envoy::number(redirect, "redirect_code");
    route.target = {RouteTarget::Kind::redirect, code ? static_cast<int>(*code) : moved};
  } else if (const Node* direct = field(rule, "direct_response")) {
    route.target = {RouteTarget::Kind::direct_response,
                    static_cast<int>(envoy::number(direct, "status").value_or(0))};
  } else if (field(rule, "delegate") != nullptr) {
    route.match.unknowable = "delegate";
    reading.warning(place(field(rule, "delegate")), "delegated routes are not followed; what this route does cannot "
                                                    "be told");
  } else {
    route.target.kind = RouteTarget::Kind::cluster;
    take_back_edges(rule, name_space, reading, route);
  }
  return route;
}

}  // namespace astray::istio
