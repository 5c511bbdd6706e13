#include "gateway/routing/route_table.h"

#include <algorithm>

#include <fmt/format.h>

#include "gateway/routing/path.h"

namespace astray::gateway {
namespace {

using Problems = std::vector<ConfigurationProblem>;
using Answer = RouteConditions::Answer;
using Outcome = RouteMatch::Outcome;

// Below this an index costs more than it saves.
constexpr size_t least_indexed_routes = 12;

/// Of a route that does not fail.
RouteMatch decided(Answer answer, const Route& route) {
  if (answer == Answer::holds) return {Outcome::found, &route};
  return {Outcome::undecided};
}

std::optional<BackPosition> position_of(const Named<BackSettings>& backs, const Label& label) {
  const auto found =
      std::ranges::find_if(backs, [&](const BackSettings& back) { return back.name.value == label; });
  if (found == backs.end()) return std::nullopt;
  return static_cast<BackPosition>(found - backs.begin());
}

void collect_problems(Problems& problems, const RouteSettings& settings) {
  for (const HeaderEditSettings* edits : {&settings.request_headers, &settings.response_headers})
    for (const FieldName& name : edited_names(*edits))
      if (!is_open_to_routes(name.text))
        problems.push_back({Severity::error, settings.place, closed_to_routes(name.text)});
}

Route compiled_route(const RouteSettings& settings, RouteConditions conditions) {
  Route route{.place = settings.place, .conditions = std::move(conditions), .backs = {}};
  route.redirect = settings.redirect;
  route.rewrite = settings.rewrite;
  route.request_edits = FieldEdits::of(settings.request_headers);
  route.response_edits = FieldEdits::of(settings.response_headers);
  if (settings.host.settings && settings.host.settings->rewrite)
    route.host = settings.host.settings->rewrite->text();
  if (settings.sni.settings && settings.sni.settings->rewrite)
    route.sni = settings.sni.settings->rewrite->value;
  return route;
}

}  // namespace

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::found:
      return "found";
    case Outcome::none:
      return "none";
    case Outcome::ambiguous:
      return "ambiguous";
    case Outcome::undecided:
      return "undecided";
  }
  return {};
}

Result<RouteTable, Problems> RouteTable::compile(std::span<const RouteSettings> routes,
                                                 const Named<BackSettings>& backs) {
  RouteTable table;
  Problems problems;
  for (const RouteSettings& settings : routes) {
    collect_problems(problems, settings);
    auto conditions = RouteConditions::of(settings.match);
    if (!conditions) {
      problems.push_back(
          {Severity::error, conditions.error().place,
           fmt::format("this is no regular expression that PCRE2 takes: {}", conditions.error().sentence)});
      continue;
    }
    Route route = compiled_route(settings, *std::move(conditions));
    table.has_odd_paths_ |= route.conditions.path_text() != route.conditions.canonical_path_text();
    for (const WeightedBack& weighted : settings.backs) {
      const auto position = position_of(backs, weighted.back.value);
      if (position)
        route.backs.add(*position, weighted.weight);
      else
        problems.push_back({Severity::error, weighted.back.place,
                            fmt::format("there is no back {}", weighted.back.value.text)});
    }
    table.routes_.push_back(std::move(route));
  }
  if (!problems.empty()) return Failure<Problems>(std::move(problems));
  if (table.routes_.size() >= least_indexed_routes) {
    std::vector<const RouteConditions*> conditions;
    for (const Route& route : table.routes_) conditions.push_back(&route.conditions);
    table.index_.emplace(conditions);
  }
  return table;
}

RouteMatch RouteTable::match(const RequestHead& head) const {
  const std::string_view path = path_of(head.target);
  const RouteMatch raw = first_raw(head, path);
  if (raw.outcome == Outcome::undecided || !path.starts_with('/')) return raw;
  if (is_canonical(path) && !has_odd_paths_) return raw;
  const RouteMatch other = first_canonical(head, canonical_path(path));
  if (other.outcome == Outcome::undecided) return other;
  return other.route == raw.route ? raw : RouteMatch{Outcome::ambiguous};
}

RouteMatch RouteTable::first_raw(const RequestHead& head, std::string_view path) const {
  if (index_) {
    RouteIndex::Candidates candidates = index_->candidates(path);
    while (const auto number = candidates.next()) {
      const Route& route = routes_[*number];
      const Answer answer = route.conditions.hold_for(head, path);
      if (answer != Answer::fails) return decided(answer, route);
    }
    return {};
  }
  for (const Route& route : routes_) {
    const Answer answer = route.conditions.hold_for(head, path);
    if (answer != Answer::fails) return decided(answer, route);
  }
  return {};
}

RouteMatch RouteTable::first_canonical(const RequestHead& head, std::string_view path) const {
  for (const Route& route : routes_) {
    const Answer answer = route.conditions.hold_for_canonical(head, path);
    if (answer != Answer::fails) return decided(answer, route);
  }
  return {};
}

}  // namespace astray::gateway
