#include "servers/kubernetes/routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/ascii.h"
#include "servers/kubernetes/backs.h"

namespace astray::kubernetes {
namespace {

using NameKind = NameExpression::Kind;

/// How a match takes a plain GET of "/".
enum class Takes : uint8_t { no, yes, unknowable };

struct RankedRule {
  const Object* route = nullptr;
  const Node* rule = nullptr;
  const Node* match = nullptr;  ///< nullptr: the default, every path
  Takes takes = Takes::no;
  bool is_exact = false;
  bool has_method = false;
};

RankedRule rank_http(const Node* match) {
  RankedRule ranked;
  ranked.match = match;
  const Node* path = field(match, "path");
  const std::string type = text_or(path, "type", "PathPrefix");
  const std::string value = text_or(path, "value", "/");
  const std::string method = text(match, "method");
  if (!items(match, "headers").empty() || !items(match, "queryParams").empty() || (!method.empty() && method != "GET"))
    return ranked;
  ranked.has_method = !method.empty();
  ranked.is_exact = type == "Exact";
  if (type == "PathPrefix" || type == "Exact")
    ranked.takes = value == "/" || value.empty() ? Takes::yes : Takes::no;
  else
    ranked.takes = Takes::unknowable;
  return ranked;
}

/// gRPC is asked by POST: what a plain GET meets on its paths is the implementation's to say.
RankedRule rank_grpc(const Node* match) {
  RankedRule ranked;
  ranked.match = match;
  const Node* method = field(match, "method");
  const bool names_path = method != nullptr && text_or(method, "type", "Exact") == "Exact" &&
                          (!text(method, "service").empty() || !text(method, "method").empty());
  ranked.takes = names_path || !items(match, "headers").empty() ? Takes::no : Takes::unknowable;
  return ranked;
}

void rank_rule(const Object& route, const Node* rule, std::vector<RankedRule>& into) {
  const bool is_grpc = route.kind == "GRPCRoute";
  auto matches = items(rule, "matches");
  if (matches.empty()) matches.push_back(nullptr);
  for (const Node* match : matches) {
    RankedRule ranked = is_grpc ? rank_grpc(match) : rank_http(match);
    if (ranked.takes == Takes::no) continue;
    ranked.route = &route;
    ranked.rule = rule;
    into.push_back(ranked);
  }
}

/// Filters that may answer by themselves, in ways that the API does not describe.
const Node* deciding_filter(const Node* rule) {
  for (const Node* filter : items(rule, "filters")) {
    const std::string type = text(filter, "type");
    if (type == "ExtensionRef" || type == "ExternalAuth") return filter;
  }
  return nullptr;
}

/// References that lead nowhere for certain: into another namespace without a ReferenceGrant.
bool is_invalid(const Node* reference, const Object& route, const Reading& reading) {
  return !may_refer(reading.cluster, route, text(reference, "group"), text_or(reference, "kind", "Service"),
                    text_or(reference, "namespace", route.name_space), text(reference, "name"));
}

RootAnswer answer_of(const RankedRule& ranked, const Reading& reading) {
  constexpr int default_redirect = 302;
  constexpr int no_back = 500;
  const Node* rule = ranked.rule;
  const SourceSpan span = place(ranked.match != nullptr ? ranked.match : rule);
  if (ranked.takes == Takes::unknowable) return {RootAnswer::Kind::unknowable, 0, span};
  if (const Node* filter = deciding_filter(rule)) return {RootAnswer::Kind::unknowable, 0, filter->place};
  for (const Node* filter : items(rule, "filters")) {
    if (text(filter, "type") != "RequestRedirect") continue;
    const std::string code = text(field(filter, "requestRedirect"), "statusCode");
    constexpr std::pair<std::string_view, int> codes[] = {{"301", 301}, {"303", 303}, {"307", 307}, {"308", 308}};
    for (const auto& [text, status] : codes)
      if (code == text) return {RootAnswer::Kind::status, status, filter->place};
    return {RootAnswer::Kind::status, default_redirect, filter->place};
  }
  size_t good = 0;
  size_t bad = 0;
  for (const Node* reference : items(rule, "backendRefs")) {
    if (text(reference, "weight") == "0") continue;
    (is_invalid(reference, *ranked.route, reading) ? bad : good) += 1;
  }
  if (good == 0) return {RootAnswer::Kind::status, no_back, span};
  if (bad > 0) return {RootAnswer::Kind::unknowable, 0, span};
  return {RootAnswer::Kind::back, 0, span};
}

/// What a rule's filters put into the Host field toward the back.
void take_host_filters(const Node* rule, BackEdge& edge) {
  for (const Node* filter : items(rule, "filters")) {
    const std::string type = text(filter, "type");
    if (type == "URLRewrite") {
      if (const Node* hostname = field_at(filter, "urlRewrite.hostname"))
        edge.host = {{NameKind::fixed, hostname->text}, hostname->place, Provenance::set};
    } else if (type == "RequestHeaderModifier") {
      for (const Node* header : items(field(filter, "requestHeaderModifier"), "set"))
        if (ascii_lower(text(header, "name")) == "host")
          edge.host = {{NameKind::fixed, text(header, "value")}, header->place, Provenance::set};
    } else if (type == "ExtensionRef") {
      edge.host = {{NameKind::unknowable, "ExtensionRef"}, filter->place, Provenance::unknowable};
    }
  }
}

std::string location_of(const Node* rule) {
  const auto matches = items(rule, "matches");
  if (matches.empty()) return "/";
  const Node* path = field(matches.front(), "path");
  const std::string type = text_or(path, "type", "PathPrefix");
  const std::string value = text_or(path, "value", "/");
  return type == "Exact" ? "= " + value : type == "RegularExpression" ? "~ " + value : value;
}

}  // namespace

RootAnswer root_of(const std::vector<const Object*>& routes, const Reading& reading) {
  std::vector<RankedRule> candidates;
  for (const Object* route : routes)
    for (const Node* rule : items(field(route->node, "spec"), "rules")) rank_rule(*route, rule, candidates);
  if (candidates.empty()) return {RootAnswer::Kind::status, 404, routes.empty() ? SourceSpan{} : routes.front()->node->place};
  const auto precedence = [](const RankedRule& a) { return std::make_tuple(!a.is_exact, !a.has_method); };
  const RankedRule* best = nullptr;
  for (const RankedRule& each : candidates) {
    // Whether an expression is before a path is the implementation's to say.
    if (each.takes == Takes::unknowable) return answer_of(each, reading);
    if (best == nullptr || precedence(each) < precedence(*best)) best = &each;
  }
  return answer_of(*best, reading);
}

std::vector<BackEdge> back_edges_of(const Object& route, const Reading& reading) {
  std::vector<BackEdge> edges;
  for (const Node* rule : items(field(route.node, "spec"), "rules")) {
    for (const Node* reference : items(rule, "backendRefs")) {
      if (text(reference, "weight") == "0" || is_invalid(reference, route, reading)) continue;
      BackEdge& edge = edges.emplace_back(edge_to_service(reference, route, reading));
      edge.location = location_of(rule);
      take_host_filters(rule, edge);
    }
  }
  return edges;
}

}  // namespace astray::kubernetes
