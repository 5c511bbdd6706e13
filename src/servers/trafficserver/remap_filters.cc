#include "servers/trafficserver/remap_filters.h"

#include <algorithm>

#include "base/ascii.h"
#include "servers/trafficserver/versions.h"

namespace astray::trafficserver {
namespace {

FilterOutcome judge_one(const Filter& filter, const Version& version) {
  if (filter.restricts_address) return FilterOutcome::unknowable;
  // From 10.0 on, what becomes of who does not match depends on acl_behavior_policy.
  if (filter.restricts_method && version >= has_records_yaml) return FilterOutcome::unknowable;
  const bool matches = !filter.restricts_method || filter.has_get;
  // Who does not match gets the opposite.
  return matches == filter.allows ? FilterOutcome::allowed : FilterOutcome::denied;
}

}  // namespace

bool take_filter_option(std::string_view option, Filter& filter) {
  const size_t equals = option.find('=');
  const std::string name = ascii_lower(option.substr(0, equals));
  const std::string value = equals == std::string_view::npos ? "" : ascii_lower(option.substr(equals + 1));
  constexpr std::string_view everybody[] = {"all", "0.0.0.0-255.255.255.255", "0.0.0.0/0"};
  if (name == "action") {
    constexpr std::string_view denying[] = {"0", "off", "deny", "disable", "set_deny", "add_deny"};
    filter.allows = std::ranges::find(denying, value) == std::end(denying);
  } else if (name == "method") {
    filter.restricts_method = true;
    filter.has_get = filter.has_get || value == "get";
  } else if (name == "src_ip" || name == "in_ip") {
    filter.restricts_address = filter.restricts_address || std::ranges::find(everybody, value) == std::end(everybody);
  } else if (name == "src_ip_category" || name == "internal") {
    filter.restricts_address = true;
  } else {
    return false;
  }
  return true;
}

void Filters::define(Filter filter) {
  const auto same = std::ranges::find(defined_, filter.name, &Filter::name);
  // The same name again adds to it.
  if (same == defined_.end()) {
    defined_.push_back(std::move(filter));
    return;
  }
  same->allows = filter.allows;
  same->restricts_method = same->restricts_method || filter.restricts_method;
  same->has_get = same->has_get || filter.has_get;
  same->restricts_address = same->restricts_address || filter.restricts_address;
}

void Filters::remove(std::string_view name) {
  std::erase_if(defined_, [&](const Filter& each) { return each.name == name; });
  std::erase_if(active_, [&](const std::string& each) { return each == name; });
}

bool Filters::activate(std::string_view name) {
  if (std::ranges::find(defined_, name, &Filter::name) == defined_.end()) return false;
  if (std::ranges::find(active_, name) == active_.end()) active_.emplace_back(name);
  return true;
}

bool Filters::deactivate(std::string_view name) {
  std::erase_if(active_, [&](const std::string& each) { return each == name; });
  return std::ranges::find(defined_, name, &Filter::name) != defined_.end();
}

std::pair<FilterOutcome, SourceSpan> Filters::judge(const std::vector<Filter>& own, const Version& version) const {
  std::pair<FilterOutcome, SourceSpan> outcome{FilterOutcome::allowed, {}};
  const auto consider = [&](const Filter& filter) {
    if (outcome.first == FilterOutcome::denied) return;
    const FilterOutcome one = judge_one(filter, version);
    // One that denies for certain outweighs one that might.
    if (one == FilterOutcome::denied || (one == FilterOutcome::unknowable && outcome.first == FilterOutcome::allowed))
      outcome = {one, filter.span};
  };
  for (const std::string& name : active_)
    if (const auto filter = std::ranges::find(defined_, name, &Filter::name); filter != defined_.end()) consider(*filter);
  for (const Filter& each : own) consider(each);
  return outcome;
}

}  // namespace astray::trafficserver
