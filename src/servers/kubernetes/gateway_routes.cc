#include "servers/kubernetes/gateway_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/ascii.h"
#include "gateway/configuration/scalars.h"

namespace astray::kubernetes {
namespace {

using gateway::As;
using gateway::Placed;
using gateway::RouteSettings;

class RuleReader {
 public:
  RuleReader(const Object& route, const FindBack& find_back, const TellProblem& tell)
      : route_(route), find_back_(find_back), tell_(tell) {}

  /// A route for each of the rule's matches.
  std::vector<RouteSettings> read(const Node* rule) {
    refuse_others(rule, {"name", "matches", "filters", "backendRefs"}, "rule", tell_);
    RouteSettings common;
    common.place = rule->place;
    for (const Node* filter : items(rule, "filters")) take_filter(filter, common);
    take_backs(rule, common);
    if (common.backs.empty() && !common.redirect)
      tell_(rule->place, "this rule leads nowhere; expected backendRefs, or the filter RequestRedirect");
    std::vector<RouteSettings> made;
    const auto matches = items(rule, "matches");
    if (matches.empty()) made.push_back(common);
    for (const Node* match : matches) {
      RouteSettings& each = made.emplace_back(common);
      each.place = match->place;
      if (route_.kind == "GRPCRoute")
        take_grpc_match(match, each.match);
      else
        take_match(match, each.match);
    }
    return made;
  }

 private:
  template <typename T>
  std::optional<T> value(const Node* node, std::string_view text) const {
    auto parsed = gateway::parse_scalar(text, As<T>{});
    if (parsed) return std::move(*parsed);
    tell_(node->place, fmt::format("\"{}\" is not what can stand here{}{}", text, parsed.error().empty() ? "" : ": ",
                                   parsed.error()));
    return std::nullopt;
  }
  template <typename T>
  std::optional<T> value(const Node* node) const {
    return value<T>(node, node->text);
  }

  /// Expressions of the API are of the whole text.
  std::optional<Placed<gateway::RegexText>> whole(const Node* node) const {
    auto regex = value<gateway::RegexText>(node, "^(?:" + node->text + ")$");
    if (!regex) return std::nullopt;
    return Placed<gateway::RegexText>{*regex, node->place};
  }

  void take_headers(const Node* match, gateway::MatchSettings& into) const {
    for (const Node* header : items(match, "headers")) {
      refuse_others(header, {"type", "name", "value"}, "header match", tell_);
      const Node* name = field(header, "name");
      const Node* text_of = field(header, "value");
      if (name == nullptr || text_of == nullptr) {
        tell_(header->place, "a header match needs name and value");
        continue;
      }
      auto field_name = value<gateway::FieldName>(name);
      if (!field_name) continue;
      gateway::HeaderMatch& made = into.headers.emplace_back();
      made.name = *field_name;
      if (text(header, "type") == "RegularExpression")
        made.regex = whole(text_of);
      else
        made.value = value<gateway::FieldValue>(text_of);
    }
  }

  void take_match(const Node* match, gateway::MatchSettings& into) const {
    refuse_others(match, {"path", "headers", "method"}, "match", tell_);
    if (const Node* path = field(match, "path")) {
      const std::string type = text_or(path, "type", "PathPrefix");
      const Node* stated = field(path, "value");
      const std::string path_text = text_or(path, "value", "/");
      const Node* at = stated == nullptr ? path : stated;
      if (type == "Exact")
        into.exact = value<gateway::UrlPathText>(at, path_text);
      else if (type == "PathPrefix")
        into.prefix = prefix_of(at, path_text);
      else if (type == "RegularExpression")
        into.regex = whole(at);
      else
        tell_(path->place, fmt::format("path type {} is none; expected Exact, PathPrefix or RegularExpression", type));
    }
    if (const Node* method = field(match, "method"))
      if (auto name = value<gateway::MethodName>(method)) into.methods.push_back(*name);
    take_headers(match, into);
  }

  /// Absent for "/", which takes every path.
  std::optional<gateway::UrlPathText> prefix_of(const Node* at, std::string path) const {
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    if (path == "/") return std::nullopt;
    return value<gateway::UrlPathText>(at, path);
  }

  void take_grpc_match(const Node* match, gateway::MatchSettings& into) const {
    refuse_others(match, {"method", "headers"}, "match", tell_);
    take_headers(match, into);
    const Node* method = field(match, "method");
    if (method == nullptr) return;
    const std::string service = text(method, "service");
    const std::string name = text(method, "method");
    if (text_or(method, "type", "Exact") != "Exact" || service.empty())
      tell_(method->place, "this method match is not supported; expected type Exact and a service");
    else if (name.empty())
      into.prefix = value<gateway::UrlPathText>(method, "/" + service);
    else
      into.exact = value<gateway::UrlPathText>(method, "/" + service + "/" + name);
  }

  void take_filter(const Node* filter, RouteSettings& into) const {
    refuse_others(filter, {"type", "urlRewrite", "requestRedirect", "requestHeaderModifier", "responseHeaderModifier"},
                  "filter", tell_);
    const std::string type = text(filter, "type");
    if (type == "RequestRedirect")
      take_redirect(field(filter, "requestRedirect"), filter, into);
    else if (type == "URLRewrite")
      take_rewrite(field(filter, "urlRewrite"), into);
    else if (type == "RequestHeaderModifier")
      take_edits(field(filter, "requestHeaderModifier"), into.request_headers, &into);
    else if (type == "ResponseHeaderModifier")
      take_edits(field(filter, "responseHeaderModifier"), into.response_headers, nullptr);
    else
      tell_(filter->place, fmt::format("filter {} is not supported (UnsupportedValue); expected RequestRedirect, URLRewrite, "
                                       "RequestHeaderModifier or ResponseHeaderModifier",
                                       type.empty() ? "(none)" : type));
  }

  void take_redirect(const Node* redirect, const Node* filter, RouteSettings& into) const {
    using gateway::RedirectStatus;
    refuse_others(redirect, {"scheme", "hostname", "port", "path", "statusCode"}, "requestRedirect", tell_);
    gateway::RedirectSettings& made = into.redirect.emplace();
    constexpr std::pair<std::string_view, RedirectStatus> codes[] = {{"301", RedirectStatus::moved_permanently},
                                                                     {"302", RedirectStatus::found},
                                                                     {"303", RedirectStatus::see_other},
                                                                     {"307", RedirectStatus::temporary_redirect},
                                                                     {"308", RedirectStatus::permanent_redirect}};
    const std::string code = text_or(redirect, "statusCode", "302");
    const auto* known = std::ranges::find(codes, code, &std::pair<std::string_view, RedirectStatus>::first);
    if (known == std::end(codes))
      tell_(filter->place, fmt::format("statusCode {} is none of 301, 302, 303, 307 and 308", code));
    else
      made.status = known->second;
    const std::string scheme = text(redirect, "scheme");
    if (!scheme.empty()) made.scheme = scheme == "https" ? Scheme::https : Scheme::http;
    const Node* hostname = field(redirect, "hostname");
    const std::string port = text(redirect, "port");
    if (hostname != nullptr)
      made.authority = value<Authority>(hostname, port.empty() ? hostname->text : hostname->text + ":" + port);
    else if (!port.empty())
      tell_(redirect->place, "port without hostname is not supported; expected both");
    const Node* path = field(redirect, "path");
    if (path == nullptr) return;
    if (text(path, "type") == "ReplaceFullPath")
      made.path = value<gateway::UrlPathText>(path, text(path, "replaceFullPath"));
    else
      tell_(path->place, "in a redirect only type ReplaceFullPath is supported");
  }

  void take_rewrite(const Node* rewrite, RouteSettings& into) const {
    refuse_others(rewrite, {"hostname", "path"}, "urlRewrite", tell_);
    if (const Node* hostname = field(rewrite, "hostname"))
      if (auto host = value<Authority>(hostname)) into.host.settings = gateway::HostRewriteSettings{*host};
    const Node* path = field(rewrite, "path");
    if (path == nullptr) return;
    const Node* prefix = field(path, "replacePrefixMatch");
    if (prefix == nullptr)
      into.rewrite.path = value<gateway::UrlPathText>(path, text(path, "replaceFullPath"));
    else if (auto stands_in = value<gateway::UrlPathText>(prefix, prefix->text.empty() ? "/" : prefix->text))
      into.rewrite.prefix = Placed<gateway::UrlPathText>{*stands_in, prefix->place};
  }

  /// `route`: whose Host a field of that name is; nullptr where it is no request's.
  void take_edits(const Node* edits, gateway::HeaderEditSettings& into, RouteSettings* route) const {
    refuse_others(edits, {"set", "add", "remove"}, "header modifier", tell_);
    for (const Node* name : items(edits, "remove"))
      if (auto removed = value<gateway::FieldName>(name)) into.remove.push_back(*removed);
    const auto take = [&](std::string_view key, gateway::HeaderLines& lines) {
      for (const Node* line : items(edits, key)) {
        const std::string name = text(line, "name");
        if (route != nullptr && ascii_lower(name) == "host") {
          if (auto host = value<Authority>(line, text(line, "value"))) route->host.settings = gateway::HostRewriteSettings{*host};
          continue;
        }
        auto field_name = value<gateway::FieldName>(line, name);
        auto field_value = value<gateway::FieldValue>(line, text(line, "value"));
        if (field_name && field_value) lines.push_back({*field_name, *field_value});
      }
    };
    take("set", into.set);
    take("add", into.add);
  }

  void take_backs(const Node* rule, RouteSettings& into) const {
    std::optional<std::string> sni;
    bool is_first = true;
    for (const Node* reference : items(rule, "backendRefs")) {
      refuse_others(reference, {"group", "kind", "name", "namespace", "port", "weight"}, "backendRef", tell_);
      const auto back = find_back_(reference, route_);
      if (!back) continue;
      if (!is_first && back->sni != sni)
        tell_(reference->place, "the backs of one rule have unlike BackendTLSPolicies; expected one host name for all, or "
                                "rules of their own");
      is_first = false;
      sni = back->sni;
      uint32_t weight = 1;
      if (const Node* stated = field(reference, "weight"))
        weight = value<uint32_t>(stated).value_or(1);
      into.backs.push_back({{back->label, reference->place}, weight});
    }
    if (!sni) return;
    if (auto name = value<ServerName>(rule, *sni))
      into.sni.settings = gateway::SniRewriteSettings{Placed<ServerName>{*name, rule->place}};
  }

  const Object& route_;
  const FindBack& find_back_;
  const TellProblem& tell_;
};

/// Exact paths, expressions, then prefixes from the longest on; of equal ones those with a method, then those with
/// more fields (HTTPRouteRule.matches). Where the API leaves the place of expressions open, they are before prefixes.
auto precedence(const RouteSettings& route) {
  const gateway::MatchSettings& match = route.match;
  const int path_rank = match.exact ? 0 : match.regex ? 1 : 2;
  const size_t length = match.prefix ? match.prefix->text.size() : 0;
  return std::make_tuple(path_rank, -static_cast<long>(length), match.methods.empty(),
                         -static_cast<long>(match.headers.size()));
}

}  // namespace

void refuse_others(const Node* map, std::initializer_list<std::string_view> known, std::string_view what,
                   const TellProblem& tell) {
  if (map == nullptr) return;
  for (const gateway::YamlMember& member : map->members)
    if (member.value.kind != Node::Kind::nothing && std::ranges::find(known, member.name) == known.end())
      tell(member.place, fmt::format("{} of a {} is not supported (UnsupportedValue); take it out", member.name, what));
}

std::vector<RouteSettings> gateway_routes(const std::vector<const Object*>& routes, const FindBack& find_back,
                                          const TellProblem& tell) {
  std::vector<RouteSettings> made;
  for (const Object* route : routes) {
    refuse_others(field(route->node, "spec"), {"parentRefs", "hostnames", "rules"}, "route", tell);
    RuleReader reader(*route, find_back, tell);
    for (const Node* rule : items(field(route->node, "spec"), "rules"))
      for (RouteSettings& each : reader.read(rule)) made.push_back(std::move(each));
  }
  std::stable_sort(made.begin(), made.end(),
                   [](const RouteSettings& a, const RouteSettings& b) { return precedence(a) < precedence(b); });
  return made;
}

}  // namespace astray::kubernetes
