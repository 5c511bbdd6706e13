#include "audit/listener_names.h"

#include "audit/asking.h"
#include "audit/pattern_example.h"

namespace astray {

const Certificate* Treated::certificate() const {
  if (handshake.outcome != HandshakeOutcome::ok || !handshake.certificate) return nullptr;
  return handshake.certificate->certificate.get();
}

ListenerNames::ListenerNames(const Topology& topology, SiteId site, ListenerId listener)
    : topology_(topology),
      site_(site),
      listener_id_(listener),
      deployment_(topology.deployment(site)),
      listener_(deployment_.listener(listener)),
      behaviour_(topology.behaviour(site)) {
  collect_claims();
}

void ListenerNames::collect_claims() {
  for (VirtualHostId id : listener_.virtual_hosts) {
    for (const NamedPattern& named : deployment_.virtual_host(id).names) {
      if (named.pattern.kind == PatternKind::exact) {
        if (!named.pattern.text.empty() && leads_to(id, named.pattern.text))
          claims_.push_back({id, named.pattern.text, named.span});
        continue;
      }
      for (std::string& example : example_names(named.pattern)) {
        if (!leads_to(id, example)) continue;
        claims_.push_back({id, made_.emplace_back(std::move(example)), named.span, NameClaim::Origin::made});
        break;
      }
    }
  }
}

bool ListenerNames::leads_to(VirtualHostId id, std::string_view name) const {
  auto lookup = behaviour_.find_virtual_host(listener_id_, name);
  return lookup.virtual_host == id && lookup.match != NameMatch::default_host;
}

std::optional<Behaviour::Lookup> ListenerNames::owner(std::string_view name) const {
  auto lookup = behaviour_.find_virtual_host(listener_id_, name);
  if (lookup.virtual_host == VirtualHostId::none || lookup.match == NameMatch::default_host)
    return std::nullopt;
  return lookup;
}

const Treated& ListenerNames::treated(VirtualHostId id, std::string_view name) {
  auto [entry, is_new] = treated_.try_emplace(id);
  Treated& treated = entry->second;
  if (is_new) {
    const VirtualHost& host = deployment_.virtual_host(id);
    treated.handshake =
        behaviour_.handshake(listener_id_, connection_for(listener_, name, accepted_certificate(host)));
    treated.treatment = treatments_.of(host, treated.handshake);
  }
  return treated;
}

bool ListenerNames::unknown_to_dns(std::string_view name) const {
  auto hostname = Hostname::parse(name);
  return !hostname || topology_.dns().addresses(*hostname).empty();
}

std::vector<IpAddress> ListenerNames::addresses_here(std::string_view name) const {
  std::vector<IpAddress> here;
  auto hostname = Hostname::parse(name);
  if (!hostname) return here;
  for (const IpAddress& ip : topology_.dns().addresses(*hostname))
    if (topology_.may_lead_to(ip, listener_.address.port, {site_, listener_id_})) here.push_back(ip);
  return here;
}

}  // namespace astray
