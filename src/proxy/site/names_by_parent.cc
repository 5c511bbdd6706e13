#include "proxy/site/names_by_parent.h"

#include <algorithm>
#include <functional>

namespace astray::proxy {

NamesByParent::NamesByParent(const gateway::Configuration& configuration) {
  for (const gateway::VirtualHostSettings& virtual_host : configuration.virtual_hosts) {
    for (const auto& name : virtual_host.names) {
      const Hostname* hostname = name.value.host.name();
      if (name.value.below || hostname == nullptr) continue;
      entries_.push_back({hash_of(hostname->parent()), {&virtual_host, hostname}});
    }
  }
  std::stable_sort(entries_.begin(), entries_.end(),
                   [](const Hashed& one, const Hashed& other) { return one.hash < other.hash; });
}

uint64_t NamesByParent::hash_of(std::string_view parent) {
  return std::hash<std::string_view>{}(parent);
}

size_t NamesByParent::first_of(std::string_view parent) const {
  const auto first = std::lower_bound(entries_.begin(), entries_.end(), hash_of(parent),
                                      [](const Hashed& entry, uint64_t hash) { return entry.hash < hash; });
  return static_cast<size_t>(first - entries_.begin());
}

}  // namespace astray::proxy
