#pragma once
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "servers/httpd/statements.h"

namespace astray::httpd {

/// Finds the managed domain (mod_md) of a name.
class ManagedNames {
 public:
  explicit ManagedNames(const std::vector<ManagedDomain>& domains);
  /// Null when nobody manages it. `name` in lower case.
  const ManagedDomain* find(std::string_view name) const;

 private:
  std::unordered_map<std::string_view, const ManagedDomain*> by_name_;  ///< "*.x" under itself
};

}  // namespace astray::httpd
