#pragma once
// Host names of the Gateway API and of Ingress. "*.example.com" is a suffix of any depth in the Gateway API, and
// takes one label alone in an Ingress; "" stands for every name. All are lower case.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "servers/model/behaviour.h"

namespace astray::kubernetes {

/// The names that both take, as one pattern: the narrower of the two; absent: they share none (apis/v1,
/// HTTPRouteSpec.Hostnames).
std::optional<std::string_view> common_hostname(std::string_view a, std::string_view b);

/// How many labels a wildcard stands for.
enum class Wildcard : uint8_t { any_depth, one_label };

/// Finds the most specific host name that takes a name: the name itself, else the longest wildcard, else "".
class HostnameTable {
 public:
  explicit HostnameTable(Wildcard wildcard = Wildcard::any_depth) : wildcard_(wildcard) {}

  /// Of equal host names the first counts. False: it is there already.
  bool add(const std::string& hostname, size_t value) { return values_.emplace(hostname, value).second; }

  struct Found {
    size_t value;
    NameMatch match;
  };
  std::optional<Found> find(std::string_view name) const;
  /// The value of this host name as configured.
  std::optional<size_t> at(const std::string& hostname) const;

 private:
  Wildcard wildcard_;
  std::unordered_map<std::string, size_t> values_{};
};

}  // namespace astray::kubernetes
