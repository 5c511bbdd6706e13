#include "servers/envoy/listener_tables.h"

#include "base/ascii.h"

namespace astray::envoy {

std::vector<const Chain*> chains_of(const ListenerPart& part) {
  std::vector<const Chain*> all;
  for (const Chain& chain : part.chains) all.push_back(&chain);
  if (part.default_chain) all.push_back(&*part.default_chain);
  return all;
}

ListenerTables::ListenerTables(const ListenerPart& part, const Tell& tell)
    : part_(&part), choice_(part, complaints_) {
  for (const ChainChoice::Complaint& each : complaints_) tell(each.span, each.message);
  for (const Chain* chain : chains_of(part)) {
    if (!chain->http) continue;
    std::vector<DomainTable::Complaint> complaints;
    domains_.emplace(chain, DomainTable(chain->http->routes, complaints));
    for (const DomainTable::Complaint& each : complaints) tell(each.span, each.message);
  }
}

const DomainTable* ListenerTables::domains(const Chain& chain) const {
  const auto found = domains_.find(&chain);
  return found == domains_.end() ? nullptr : &found->second;
}

Arrival ListenerTables::tls_arrival(std::string_view sni, std::vector<std::string_view> alpn) const {
  Arrival arrival = clear_arrival();
  if (!part_->inspects_tls) return arrival;
  arrival.transport_protocol = "tls";
  arrival.server_name = ascii_lower(sni);
  arrival.application_protocols = std::move(alpn);
  return arrival;
}

Arrival ListenerTables::clear_arrival() const {
  Arrival arrival;
  arrival.transport_protocol = "raw_buffer";
  if (!part_->addresses.empty() && part_->addresses.front().unix_path.empty()) {
    arrival.local_address = part_->addresses.front().ip;
    arrival.local_port = part_->addresses.front().port;
  }
  return arrival;
}

}  // namespace astray::envoy
