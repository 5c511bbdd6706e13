#include "audit/coalescing.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "audit/asking.h"
#include "audit/listener_names.h"
#include "audit/pattern_example.h"
#include "audit/twins.h"

namespace astray {
namespace {

/// Classes of riders from other certificates that one group lists at most: ten thousand certificates for one
/// and the same wildcard must not list each other.
constexpr size_t max_foreign_classes = 64;
constexpr size_t max_unclaimed_listed = 8;
constexpr size_t max_uncovered_listed = 8;

/// A group under construction, with its classes by treatment.
struct Building {
  CoalescingGroup group;
  std::unordered_map<uint32_t, size_t> by_treatment;
  size_t foreign = 0;
};

NameSample sample(VirtualHostId virtual_host, std::string_view name, SourceSpan span) {
  return {virtual_host, std::string(name), span};
}

void add_name(NameClass& to, VirtualHostId virtual_host, std::string_view name, SourceSpan span) {
  ++to.names;
  if (virtual_host == to.example.virtual_host) {
    if (!to.alias && name != to.example.name) to.alias = sample(virtual_host, name, span);
    return;
  }
  if (!to.peer) to.peer = sample(virtual_host, name, span);
}

/// The groups of those claims of a listener that share an address.
class GroupBuilder {
 public:
  GroupBuilder(ListenerNames& names, CoalescingGroup prototype)
      : names_(names), prototype_(std::move(prototype)) {}

  void build(const std::vector<const NameClaim*>& claims, std::vector<CoalescingGroup>& out) {
    for (const NameClaim* claim : claims) find_certificate(*claim);
    for (const NameClaim* claim : claims) place(*claim);
    for (auto& [parent, below] : bases_) put_policies_first(below);
    for (const Certificate* certificate : order_) complete(*certificate, building_.at(certificate));
    for (const Certificate* certificate : order_) out.push_back(std::move(building_.at(certificate).group));
  }

 private:
  /// Classes of the names one label below a wildcard's base, whatever certificate they present themselves.
  struct BaseNames {
    std::vector<NameClass> classes;
    std::unordered_map<uint32_t, size_t> by_treatment;
    std::vector<const Certificate*> presents;  ///< beside `classes`
    std::vector<uint32_t> treatments;          ///< beside `classes`
    std::vector<size_t> order;                 ///< of `classes`: the first of every policy comes first
  };

  void find_certificate(const NameClaim& claim) {
    const Treated& treated = names_.treated(claim.virtual_host, claim.name);
    const Certificate* certificate = treated.certificate();
    if (!certificate) return;
    auto [entry, is_new] = building_.try_emplace(certificate);
    if (!is_new) return;
    entry->second.group = prototype_;
    entry->second.group.certificate = treated.handshake.certificate;
    order_.push_back(certificate);
    for (const CertificateName& name : certificate->names)
      if (name.is_wildcard() && name.host().name()) bases_.try_emplace(name.host().name()->text());
  }

  NameClass& class_in(std::vector<NameClass>& classes, std::unordered_map<uint32_t, size_t>& by_treatment,
                      const Treated& treated, const NameSample& example) {
    auto [entry, is_new] = by_treatment.try_emplace(treated.treatment.exact, classes.size());
    if (is_new) {
      NameClass& made = classes.emplace_back();
      made.example = example;
      made.handshake = treated.handshake;
      made.policy = treated.treatment.policy;
    }
    return classes[entry->second];
  }

  void place(const NameClaim& claim) {
    const Treated& treated = names_.treated(claim.virtual_host, claim.name);
    const Certificate* own = treated.certificate();
    if (own) place_under_own_certificate(claim, treated, *own);
    size_t dot = claim.name.find('.');
    if (dot == std::string_view::npos) return;
    auto base = bases_.find(claim.name.substr(dot + 1));
    if (base == bases_.end()) return;
    BaseNames& below = base->second;
    size_t known = below.classes.size();
    NameClass& in = class_in(below.classes, below.by_treatment, treated,
                             sample(claim.virtual_host, claim.name, claim.span));
    if (below.classes.size() > known) {
      below.presents.push_back(own);
      below.treatments.push_back(treated.treatment.exact);
      in.virtual_hosts = 1;
    }
    add_name(in, claim.virtual_host, claim.name, claim.span);
  }

  void place_under_own_certificate(const NameClaim& claim, const Treated& treated, const Certificate& own) {
    auto host = Hostname::parse(claim.name);
    if (!host) return;  // no client sends an address as SNI
    Building& building = building_.at(&own);
    if (!own.covers(*host)) {
      if (claim.origin == NameClaim::Origin::made || host->label_count() == 1) return;
      ++building.group.uncovered_names;
      if (building.group.uncovered.size() < max_uncovered_listed)
        building.group.uncovered.push_back(sample(claim.virtual_host, claim.name, claim.span));
      return;
    }
    NameClass& in = class_in(building.group.classes, building.by_treatment, treated,
                             sample(claim.virtual_host, claim.name, claim.span));
    in.may_carry = treated.handshake.protocol == Protocol::h2;
    add_name(in, claim.virtual_host, claim.name, claim.span);
    count_virtual_host(in, &own, treated, claim.virtual_host);
  }

  static void put_policies_first(BaseNames& below) {
    std::unordered_set<uint32_t> seen;
    std::vector<size_t> later;
    for (size_t i = 0; i < below.classes.size(); ++i)
      (seen.insert(below.classes[i].policy).second ? below.order : later).push_back(i);
    below.order.insert(below.order.end(), later.begin(), later.end());
  }

  /// Claims come virtual host by virtual host, so a new one shows itself by differing from the last.
  void count_virtual_host(NameClass& in, const Certificate* certificate, const Treated& treated,
                          VirtualHostId id) {
    auto [last, is_new] = last_counted_.try_emplace({certificate, treated.treatment.exact}, id);
    if (!is_new && last->second == id) return;
    last->second = id;
    ++in.virtual_hosts;
  }

  void complete(const Certificate& certificate, Building& building) {
    for (const CertificateName& name : certificate.names) {
      if (!name.host().name()) continue;
      if (name.is_wildcard()) {
        add_names_below(certificate, std::string(name.host().name()->text()), building);
      } else {
        add_named(certificate, std::string(name.host().name()->text()), building);
      }
    }
    std::stable_sort(building.group.classes.begin(), building.group.classes.end(),
                     [](const NameClass& a, const NameClass& b) { return a.example.span < b.example.span; });
  }

  void add_rider(const NameClass& rider, uint32_t treatment, Building& building) {
    auto [entry, is_new] = building.by_treatment.try_emplace(treatment, building.group.classes.size());
    if (!is_new) return;
    if (building.foreign == max_foreign_classes) {
      building.by_treatment.erase(entry);
      building.group.complete = false;
      return;
    }
    ++building.foreign;
    building.group.classes.push_back(rider);
  }

  void add_names_below(const Certificate& certificate, const std::string& base, Building& building) {
    const BaseNames& below = bases_.at(base);
    for (size_t i : below.order) {
      if (!building.group.complete) break;
      if (below.presents[i] != &certificate) add_rider(below.classes[i], below.treatments[i], building);
    }
    for (const std::string& label : unlikely_labels()) {
      std::string name = label + "." + base;
      if (names_.owner(name)) continue;
      add_unclaimed(std::move(name), "*." + base, building);
      return;
    }
    // Every label leads somewhere: a pattern of the configuration claims what the wildcard covers.
    add_named(certificate, unlikely_labels().front() + "." + base, building);
  }

  void add_named(const Certificate& certificate, std::string name, Building& building) {
    auto owner = names_.owner(name);
    if (!owner) {
      if (prototype_.address && !here(name)) return;
      std::string covered_by = name;
      add_unclaimed(std::move(name), std::move(covered_by), building);
      return;
    }
    const Treated& treated = names_.treated(owner->virtual_host, name);
    bool own = treated.certificate() == &certificate;
    if (building.by_treatment.contains(treated.treatment.exact)) return;
    if (prototype_.address && !here(name)) return;
    NameClass made;
    made.example = sample(owner->virtual_host, name, names_.span_of(owner->virtual_host));
    made.names = made.virtual_hosts = 1;
    made.handshake = treated.handshake;
    made.policy = treated.treatment.policy;
    made.may_carry = own && treated.handshake.protocol == Protocol::h2;
    add_rider(made, treated.treatment.exact, building);
  }

  bool here(const std::string& name) const {
    auto addresses = names_.addresses_here(name);
    return names_.unknown_to_dns(name) ||
           std::find(addresses.begin(), addresses.end(), *prototype_.address) != addresses.end();
  }

  static void add_unclaimed(std::string name, std::string covered_by, Building& building) {
    ++building.group.unclaimed_names;
    if (building.group.unclaimed.size() < max_unclaimed_listed)
      building.group.unclaimed.push_back({std::move(name), std::move(covered_by)});
  }

  struct CountedHash {
    size_t operator()(const std::pair<const Certificate*, uint32_t>& key) const {
      return std::hash<const void*>()(key.first) * 31 + key.second;
    }
  };

  ListenerNames& names_;
  CoalescingGroup prototype_;
  std::unordered_map<const Certificate*, Building> building_;
  std::vector<const Certificate*> order_;
  std::unordered_map<std::string_view, BaseNames> bases_;
  std::unordered_map<std::pair<const Certificate*, uint32_t>, VirtualHostId, CountedHash> last_counted_;
};

bool speaks_tls(const Topology& topology, SiteId site, ListenerId id) {
  const Listener& listener = topology.deployment(site).listener(id);
  if (listener.kind != Listener::Kind::http || listener.virtual_hosts.empty()) return false;
  if (listener.tls.known() && listener.tls.value) return true;
  return topology.behaviour(site).handshake(id, connection_for(listener, std::nullopt)).outcome !=
         HandshakeOutcome::cleartext;
}

/// The claims by the address that DNS leads them to. Names that DNS does not know are taken to share the
/// others' address, unless there are many to choose from.
std::map<std::optional<IpAddress>, std::vector<const NameClaim*>> by_address(const Topology& topology,
                                                                         const ListenerNames& names) {
  constexpr size_t few_addresses = 4;
  std::map<std::optional<IpAddress>, std::vector<const NameClaim*>> parts;
  if (topology.dns().empty()) {
    auto& all = parts[std::nullopt];
    for (const NameClaim& claim : names.claims()) all.push_back(&claim);
    return parts;
  }
  std::vector<const NameClaim*> unknown;
  for (const NameClaim& claim : names.claims()) {
    if (names.unknown_to_dns(claim.name)) unknown.push_back(&claim);
    for (const IpAddress& ip : names.addresses_here(claim.name)) parts[ip].push_back(&claim);
  }
  if (unknown.empty()) return parts;
  if (parts.empty() || parts.size() > few_addresses) {
    parts[std::nullopt] = std::move(unknown);
  } else {
    for (auto& [ip, claims] : parts) claims.insert(claims.end(), unknown.begin(), unknown.end());
  }
  return parts;
}

}  // namespace

std::vector<CoalescingGroup> coalescing_groups(const Topology& topology) {
  std::vector<CoalescingGroup> groups;
  for (size_t site_index = 0; site_index < topology.sites().size(); ++site_index) {
    SiteId site = static_cast<SiteId>(site_index);
    const Deployment& deployment = topology.deployment(site);
    // With DNS, twins are two addresses that names can share or not.
    std::vector<ListenerId> first = first_twins(deployment);
    std::map<ListenerId, std::vector<ListenerId>> twins_of;
    for (size_t i = 0; i < deployment.listeners.size(); ++i) {
      ListenerId id = static_cast<ListenerId>(i);
      if (first[i] != id && topology.dns().empty()) twins_of[first[i]].push_back(id);
    }
    for (size_t i = 0; i < deployment.listeners.size(); ++i) {
      ListenerId id = static_cast<ListenerId>(i);
      bool is_twin = first[i] != id && topology.dns().empty();
      if (is_twin || !speaks_tls(topology, site, id)) continue;
      ListenerNames names(topology, site, id);
      for (auto& [ip, claims] : by_address(topology, names)) {
        CoalescingGroup prototype{};
        prototype.site = site;
        prototype.listener = id;
        prototype.twins = twins_of[id];
        prototype.address = ip;
        GroupBuilder(names, std::move(prototype)).build(claims, groups);
      }
    }
  }
  return groups;
}

}  // namespace astray
