#include "servers/envoy/domain_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"

namespace astray::envoy {

std::string_view without_port(std::string_view authority) {
  const size_t colon = authority.rfind(':');
  if (colon == std::string_view::npos) return authority;
  const size_t bracket = authority.rfind(']');
  if (bracket != std::string_view::npos && bracket > colon) return authority;
  const std::string_view digits = authority.substr(colon + 1);
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_ascii_digit)) return authority;
  return authority.substr(0, colon);
}

DomainTable::DomainTable(const RouteTable& table, std::vector<Complaint>& complaints)
    : ignores_port_(table.ignores_port) {
  for (size_t index = 0; index < table.virtual_hosts.size(); ++index) {
    for (const Domain& domain : table.virtual_hosts[index].domains) {
      const std::string& text = domain.text;
      bool is_new = true;
      if (text == "*") {
        is_new = !every_;
        if (is_new) every_ = Found{index, NameMatch::default_host, domain.span};
      } else if (text.starts_with('*')) {
        is_new = suffixes_[text.size() - 1]
                     .try_emplace(text.substr(1), Found{index, NameMatch::wildcard, domain.span})
                     .second;
      } else if (text.ends_with('*')) {
        is_new = prefixes_[text.size() - 1]
                     .try_emplace(text.substr(0, text.size() - 1), Found{index, NameMatch::wildcard, domain.span})
                     .second;
      } else {
        is_new = exact_.try_emplace(text, Found{index, NameMatch::exact, domain.span}).second;
      }
      if (!is_new)
        complaints.push_back(
            {domain.span, fmt::format("domain {} is stated twice in route configuration {}, and Envoy refuses "
                                      "that; expected each domain once",
                                      text, table.name.empty() ? "(unnamed)" : table.name)});
    }
  }
}

std::optional<DomainTable::Found> DomainTable::find(std::string_view authority) const {
  const std::string host = ascii_lower(ignores_port_ ? without_port(authority) : authority);
  if (const auto exact = exact_.find(host); exact != exact_.end()) return exact->second;
  for (const auto& [length, below] : suffixes_) {
    if (length >= host.size()) continue;
    if (const auto found = below.find(host.substr(host.size() - length)); found != below.end())
      return found->second;
  }
  for (const auto& [length, above] : prefixes_) {
    if (length >= host.size()) continue;
    if (const auto found = above.find(host.substr(0, length)); found != above.end()) return found->second;
  }
  return every_;
}

}  // namespace astray::envoy
