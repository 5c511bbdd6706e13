#include "servers/kubernetes/hostnames.h"

namespace astray::kubernetes {
namespace {

bool takes(std::string_view pattern, std::string_view hostname) {
  if (pattern.empty() || pattern == hostname) return true;
  if (!pattern.starts_with("*.") || hostname.empty()) return false;
  if (hostname.starts_with("*.")) hostname.remove_prefix(1);
  pattern.remove_prefix(1);
  return hostname.ends_with(pattern) && (hostname.size() > pattern.size() || hostname.front() == '.');
}

}  // namespace

std::optional<std::string_view> common_hostname(std::string_view a, std::string_view b) {
  if (takes(a, b)) return b;
  if (takes(b, a)) return a;
  return std::nullopt;
}

std::optional<size_t> HostnameTable::at(const std::string& hostname) const {
  const auto found = values_.find(hostname);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

std::optional<HostnameTable::Found> HostnameTable::find(std::string_view name) const {
  if (!name.empty()) {
    if (const auto own = at(std::string(name))) return Found{*own, NameMatch::exact};
    for (size_t dot = name.find('.', 1); dot != std::string_view::npos; dot = name.find('.', dot + 1)) {
      if (const auto wide = at("*" + std::string(name.substr(dot)))) return Found{*wide, NameMatch::wildcard};
      if (wildcard_ == Wildcard::one_label) break;
    }
  }
  if (const auto every = at("")) return Found{*every, NameMatch::default_host};
  return std::nullopt;
}

}  // namespace astray::kubernetes
