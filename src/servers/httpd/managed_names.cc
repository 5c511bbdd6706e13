#include "servers/httpd/managed_names.h"

namespace astray::httpd {

ManagedNames::ManagedNames(const std::vector<ManagedDomain>& domains) {
  for (const ManagedDomain& domain : domains)
    for (const std::string& name : domain.names) by_name_.emplace(name, &domain);
}

const ManagedDomain* ManagedNames::find(std::string_view name) const {
  if (by_name_.empty()) return nullptr;
  if (auto found = by_name_.find(name); found != by_name_.end()) return found->second;
  size_t dot = name.find('.');
  if (dot == std::string_view::npos) return nullptr;
  std::string wildcard = "*" + std::string(name.substr(dot));
  auto found = by_name_.find(wildcard);
  return found == by_name_.end() ? nullptr : found->second;
}

}  // namespace astray::httpd
