#pragma once
// The exact names of a configuration by the name they lie under, for whoever has a wildcard and wants to know
// what it covers: "*.example.com" asks for "example.com".
#include <cstdint>
#include <string_view>
#include <vector>

#include "gateway/configuration/configuration.h"

namespace astray::proxy {

/// Borrows the configuration. 24 bytes a name.
class NamesByParent {
 public:
  struct Entry {
    const gateway::VirtualHostSettings* virtual_host;
    const Hostname* name;
  };

  NamesByParent() = default;
  explicit NamesByParent(const gateway::Configuration& configuration);

  /// Calls `see(const Entry&)` for each name with exactly one label before `parent`, in the configuration's
  /// order, until it says false.
  template <typename See>
  void each_below(std::string_view parent, See&& see) const {
    for (size_t i = first_of(parent); i < entries_.size() && entries_[i].hash == hash_of(parent); ++i)
      if (entries_[i].entry.name->parent() == parent && !see(entries_[i].entry)) return;
  }

 private:
  struct Hashed {
    uint64_t hash;  ///< of the parent
    Entry entry;
  };
  static uint64_t hash_of(std::string_view parent);
  size_t first_of(std::string_view parent) const;

  std::vector<Hashed> entries_;  ///< by hash
};

}  // namespace astray::proxy
