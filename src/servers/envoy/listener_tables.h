#pragma once
// A listener made ready to be asked: its choice of chains, and a table of domains for each.
#include <functional>
#include <map>
#include <string_view>
#include <vector>

#include "servers/envoy/chain_choice.h"
#include "servers/envoy/domain_table.h"

namespace astray::envoy {

class ListenerTables {
 public:
  using Tell = std::function<void(SourceSpan, const std::string&)>;
  /// Borrows `part`. `tell` hears of what Envoy would refuse to start with.
  ListenerTables(const ListenerPart& part, const Tell& tell);

  const ListenerPart& part() const { return *part_; }
  ChainFound find_chain(const Arrival& arrival) const { return choice_.find(arrival); }
  /// Null for a chain without a connection manager.
  const DomainTable* domains(const Chain& chain) const;

  /// How a TLS connection with this SNI ("" for none) arrives, as far as the inspector sees it.
  Arrival tls_arrival(std::string_view sni, std::vector<std::string_view> alpn) const;
  Arrival clear_arrival() const;

 private:
  const ListenerPart* part_;
  std::vector<ChainChoice::Complaint> complaints_;
  ChainChoice choice_;
  std::map<const Chain*, DomainTable> domains_;
};

/// Chains of a listener, the default chain last.
std::vector<const Chain*> chains_of(const ListenerPart& part);

}  // namespace astray::envoy
