#pragma once
// Which virtual host of a route table an authority leads to (source/common/router/config_impl.cc).
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "servers/envoy/parts.h"
#include "servers/model/behaviour.h"

namespace astray::envoy {

/// Exact domains first, then suffix wildcards ("*.a.test", "*-x.a.test"), the longest first, then prefix wildcards
/// ("a.*"), the longest first, then "*". Wildcards stand for one character at least.
class DomainTable {
 public:
  struct Complaint {
    SourceSpan span;
    std::string message;
  };
  /// Domains that are stated twice keep the first, and are told: Envoy refuses such a table.
  DomainTable(const RouteTable& table, std::vector<Complaint>& complaints);

  struct Found {
    size_t virtual_host;  ///< index in the table
    NameMatch match;
    SourceSpan span;  ///< of the domain
  };
  /// `authority` as it is after the connection manager's own treatment; letter case does not matter.
  std::optional<Found> find(std::string_view authority) const;

 private:
  using ByText = std::unordered_map<std::string, Found>;
  using ByLength = std::map<size_t, ByText, std::greater<>>;

  bool ignores_port_;
  ByText exact_;
  ByLength suffixes_;
  ByLength prefixes_;
  std::optional<Found> every_;
};

/// The authority without ":port"; brackets of IPv6 addresses are kept.
std::string_view without_port(std::string_view authority);

}  // namespace astray::envoy
