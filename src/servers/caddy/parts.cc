#include "servers/caddy/parts.h"

#include <algorithm>
#include <utility>

namespace astray::caddy {
bool asks_for_client_certificates(const ConnectionPolicy& policy) {
  if (!policy.clients) return false;
  const ClientAuthenticationSettings& clients = *policy.clients;
  return !clients.mode.empty() || !clients.authority_files.empty() || clients.has_other_trust;
}

StrictSniHost strict_sni_host(const HttpServer& server) {
  if (server.strict_sni_host.stated()) return {server.strict_sni_host.value, false, server.strict_sni_host.span};
  if (server.policies)
    for (const ConnectionPolicy& each : *server.policies)
      if (asks_for_client_certificates(each)) return {true, true, each.clients->span};
  return {};
}

PolicyIndex::PolicyIndex(const HttpServer& server) {
  if (!server.policies) return;
  policies_ = &*server.policies;
  for (size_t i = 0; i < policies_->size(); ++i) {
    const ConnectionPolicy& policy = (*policies_)[i];
    bool is_always = !policy.names;
    if (policy.names)
      for (const Word& name : *policy.names) {
        by_name_[name.text].push_back(i);
        is_always = is_always || has_placeholder(name.text);
      }
    if (is_always) always_.push_back(i);
  }
}

FoundPolicy PolicyIndex::find(std::string_view sni) const {
  FoundPolicy found;
  if (policies_ == nullptr) return found;
  std::vector<std::pair<size_t, bool>> candidates;  // and whether the name is among its own
  for (const size_t index : always_) candidates.emplace_back(index, !(*policies_)[index].names.has_value());
  const auto add = [&](const std::string& name) {
    const auto list = by_name_.find(name);
    if (list == by_name_.end()) return;
    for (const size_t index : list->second) candidates.emplace_back(index, true);
  };
  add(std::string(sni));
  for (const std::string& wildcard : wildcards_above(sni)) add(wildcard);
  std::ranges::sort(candidates);
  for (const auto& [index, is_taken] : candidates) {
    const ConnectionPolicy& policy = (*policies_)[index];
    // A name that only the environment knows, or a matcher of another kind, may take it first.
    if (!is_taken || policy.has_unknowable_match) {
      found.is_known = false;
      continue;
    }
    found.policy = &policy;
    return found;
  }
  return found;
}

}  // namespace astray::caddy
