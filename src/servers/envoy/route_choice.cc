#include "servers/envoy/route_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace astray::envoy {
namespace {

/// True, false, or nobody can tell.
using Told = std::optional<bool>;

/// Fields that real clients send and this request says nothing of.
constexpr std::array<std::string_view, 8> sent_by_clients = {
    "user-agent", "accept", "accept-language", "accept-encoding", "cookie", "origin", "referer", "x-forwarded-for"};

std::string cased(std::string_view text, bool ignore_case) {
  return ignore_case ? ascii_lower(text) : std::string(text);
}

Told value_fits(const FieldMatch& match, std::string_view value, const FullMatches& expressions) {
  const std::string have = cased(value, match.ignore_case);
  const std::string want = cased(match.value, match.ignore_case);
  switch (match.kind) {
    case FieldMatch::Kind::present: return true;
    case FieldMatch::Kind::exact: return have == want;
    case FieldMatch::Kind::prefix: return have.starts_with(want);
    case FieldMatch::Kind::suffix: return have.ends_with(want);
    case FieldMatch::Kind::contains: return have.find(want) != std::string::npos;
    case FieldMatch::Kind::regex: return expressions.matches(match.value, value);
    case FieldMatch::Kind::unknowable: break;
  }
  return std::nullopt;
}

Told field_fits(const FieldMatch& match, const PlainRequest& request, const FullMatches& expressions) {
  Told fits = false;
  if (match.name == ":authority" || match.name == "host")
    fits = value_fits(match, request.authority, expressions);
  else if (match.name == ":method")
    fits = value_fits(match, "GET", expressions);
  else if (match.name == ":path")
    fits = value_fits(match, "/", expressions);
  else if (match.name == ":scheme" || match.name == "x-forwarded-proto")
    fits = value_fits(match, request.scheme, expressions);
  else if (std::ranges::find(sent_by_clients, match.name) != sent_by_clients.end())
    return std::nullopt;
  if (!fits) return std::nullopt;
  return *fits != match.inverted;
}

Told path_fits(const RouteMatch& match, const FullMatches& expressions) {
  switch (match.path) {
    case RouteMatch::Path::prefix: return match.value.empty() || match.value == "/";
    case RouteMatch::Path::exact: return match.value == "/";
    case RouteMatch::Path::separated_prefix: return false;  // it has to have a segment
    case RouteMatch::Path::regex: return expressions.matches(match.value, "/");
    case RouteMatch::Path::unknowable: break;
  }
  return std::nullopt;
}

Told fits(const RouteMatch& match, const PlainRequest& request, const FullMatches& expressions) {
  if (match.never_plain) return false;
  bool unknown = !match.unknowable.empty();
  const auto take = [&](Told told) {
    unknown |= !told;
    return told.value_or(true);
  };
  if (!take(path_fits(match, expressions))) return false;
  for (const FieldMatch& field : match.fields)
    if (!take(field_fits(field, request, expressions))) return false;
  if (match.client_certificate && request.client_certificate.value_or(false) != *match.client_certificate)
    return false;
  if (unknown) return std::nullopt;
  return true;
}

}  // namespace

void FullMatches::compile(const std::string& expression) {
  if (compiled_.contains(expression)) return;
  auto regex = nginx::Regex::compile("\\A(?:" + expression + ")\\z", nginx::Regex::Case::sensitive);
  compiled_.emplace(expression, regex ? std::optional(std::move(*regex)) : std::nullopt);
}

std::optional<bool> FullMatches::matches(const std::string& expression, std::string_view text) const {
  const auto found = compiled_.find(expression);
  if (found == compiled_.end() || !found->second) return std::nullopt;
  const nginx::Regex::Outcome outcome = found->second->match(text);
  if (outcome == nginx::Regex::Outcome::failed) return std::nullopt;
  return outcome == nginx::Regex::Outcome::match;
}

void compile_expressions(const RouteTable& table, FullMatches& into) {
  for (const RouteVirtualHost& host : table.virtual_hosts) {
    for (const Route& route : host.routes) {
      if (route.match.path == RouteMatch::Path::regex) into.compile(route.match.value);
      for (const FieldMatch& field : route.match.fields)
        if (field.kind == FieldMatch::Kind::regex) into.compile(field.value);
    }
  }
}

std::string routes_content(const RouteVirtualHost& host) {
  std::string all = host.requires_tls ? "tls;" : "";
  for (const Route& route : host.routes) {
    const RouteMatch& match = route.match;
    all += fmt::format("{} {} {} {} {};", static_cast<int>(match.path), match.value, match.ignore_case, match.never_plain,
                       match.unknowable);
    if (match.client_certificate) all += *match.client_certificate ? "with;" : "without;";
    for (const FieldMatch& field : match.fields)
      all += fmt::format("{} {} {} {} {};", field.name, static_cast<int>(field.kind), field.value, field.ignore_case,
                         field.inverted);
    all += fmt::format("{} {} {};", static_cast<int>(route.target.kind), route.target.status, route.content);
    for (const BackEdge& edge : route.back_edges)
      all += fmt::format("{} {} {};", edge.pool, to_string(edge.host.value.kind), edge.host.value.text);
  }
  return all;
}

RouteFound find_route(const RouteVirtualHost& host, const PlainRequest& request, const FullMatches& expressions) {
  for (const Route& route : host.routes) {
    const Told told = fits(route.match, request, expressions);
    if (!told) return {RouteFound::Outcome::unknowable, &route};
    if (*told) return {RouteFound::Outcome::found, &route};
  }
  return {};
}

}  // namespace astray::envoy
