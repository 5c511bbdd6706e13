// UrlRewrite::_mappingLookup and RemapProcessor::setup_for_remap.
#include <fmt/format.h>

#include "servers/trafficserver/remap.h"

namespace astray::trafficserver {

std::string RemapTable::key(Scheme scheme, std::string_view host, int port) {
  return fmt::format("{} {} {}", static_cast<int>(scheme), port, host);
}

RemapTable::RemapTable(const std::vector<RemapRule>& rules) : rules_(&rules) {
  for (size_t i = 0; i < rules.size(); ++i) {
    const RemapRule& rule = rules[i];
    // Paths are taken by what they begin with: "/" is under the empty one alone.
    if (!rule.from.path.empty()) continue;
    if (rule.is_for_any_host()) {
      if (rule.kind == RuleKind::map && !any_host_) any_host_ = i;
      continue;
    }
    Store& store = stores_[static_cast<size_t>(rule.kind)];
    if (rule.has_regex) store.expressions.push_back(i);
    else store.by_key.try_emplace(key(*rule.from.scheme, rule.from.host, rule.from_port()), i);
  }
}

RemapTable::Found RemapTable::look_up(const Store& store, const Request& request, int port) const {
  Found found;
  size_t limit = rules_->size();
  if (const auto same = store.by_key.find(key(request.scheme, request.host, port)); same != store.by_key.end()) {
    limit = same->second;
    found.rule = &(*rules_)[limit];
  }
  // An expression that stands further up in the file wins over the name.
  for (const size_t i : store.expressions) {
    if (i > limit) break;
    const RemapRule& rule = (*rules_)[i];
    if (rule.from.scheme != request.scheme || rule.from_port() != port) continue;
    const nginx::Regex::Outcome outcome = rule.regex->match(request.host);
    if (outcome == nginx::Regex::Outcome::no_match) continue;
    return {&rule, How::regex, outcome == nginx::Regex::Outcome::match};
  }
  return found;
}

RemapTable::Found RemapTable::map(const Request& request) const {
  Found found = look_up(store(RuleKind::map_with_recv_port), request, request.local_port);
  if (found.rule == nullptr) found = look_up(store(RuleKind::map), request, request.port);
  if (found.rule == nullptr && any_host_) found = {&(*rules_)[*any_host_], How::any_host, true};
  return found;
}

RemapTable::Found RemapTable::redirect(const Request& request) const {
  const Found temporary = look_up(store(RuleKind::redirect_temporary), request, request.port);
  return temporary.rule != nullptr ? temporary : look_up(store(RuleKind::redirect), request, request.port);
}

}  // namespace astray::trafficserver
