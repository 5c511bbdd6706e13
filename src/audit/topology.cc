#include "audit/topology.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "names/hostname.h"

namespace astray {
namespace {

constexpr std::string_view unix_prefix = "unix:";

std::string address_key(const IpAddress& ip, Port port) {
  return fmt::format("{}:{}", ip.bytes(), port.number());
}

std::string name_key(std::string_view name, Port port) {
  return fmt::format("{}:{}", name, port.number());
}

/// Of one site the first counts.
void add(std::vector<Topology::Destination>& destinations, const Topology::Destination& destination) {
  if (destinations.empty() || destinations.back().site != destination.site) destinations.push_back(destination);
}

/// How many leading folders two paths have in common.
size_t shared_folders(std::string_view a, std::string_view b) {
  size_t folders = 0;
  for (size_t i = 0; i < std::min(a.size(), b.size()) && a[i] == b[i]; ++i)
    if (a[i] == '/') ++folders;
  return folders;
}

bool takes_every_address(const ListenAddress& address) {
  return !address.ip || address.ip->is_unspecified();
}

/// [::] takes IPv4 connections too unless IPV6_V6ONLY is set, which nginx sets by default; 0.0.0.0 takes no
/// IPv6.
bool takes_family(const ListenAddress& address, IpFamily family) {
  return !address.ip || address.ip->family() == family;
}

}  // namespace

std::string_view to_string(JoinedBy joined_by) {
  switch (joined_by) {
    case JoinedBy::address:
      return "address";
    case JoinedBy::dns:
      return "dns";
    case JoinedBy::stated:
      return "edge";
    case JoinedBy::service:
      return "service";
    case JoinedBy::name:
      return "name";
    case JoinedBy::folder:
      return "folder";
  }
  return "";
}

Topology::Topology(std::vector<Site> sites, DnsView dns, std::vector<const ClientProfile*> clients,
                   Instant now, std::vector<StatedEdge> stated)
    : sites_(std::move(sites)),
      dns_(std::move(dns)),
      clients_(std::move(clients)),
      now_(now),
      stated_(std::move(stated)) {
  for (size_t site = 0; site < sites_.size(); ++site) {
    const auto& listeners = sites_[site].deployment->listeners;
    for (size_t i = 0; i < listeners.size(); ++i) {
      Destination destination{static_cast<SiteId>(site), static_cast<ListenerId>(i)};
      const ListenAddress& address = listeners[i].address;
      if (!address.unix_path.empty()) {
        add(by_address_[std::string(unix_prefix) + address.unix_path], destination);
      } else if (takes_every_address(address)) {
        by_wildcard_[address.port.number()].push_back(destination);
      } else {
        add(by_address_[address_key(*address.ip, address.port)], destination);
      }
    }
  }
  for (const Site& site : sites_)
    for (const Service& service : site.deployment->services)
      for (const std::string& name : service.names) services_.try_emplace(name_key(name, service.port), &service);
  find_back_names();
}

const Deployment& Topology::deployment(SiteId site) const {
  return *sites_.at(static_cast<size_t>(site)).deployment;
}

const Behaviour& Topology::behaviour(SiteId site) const {
  return *sites_.at(static_cast<size_t>(site)).behaviour;
}

std::optional<Topology::Destination> Topology::destination(const BackAddress& address,
                                                           std::optional<SiteId> from) const {
  return join(address, from).to;
}

std::optional<Topology::Destination> Topology::destination(const IpAddress& ip, Port port,
                                                           std::optional<SiteId> from) const {
  return at_address(ip, port, from).to;
}

Topology::Join Topology::join(const BackAddress& address, std::optional<SiteId> from) const {
  if (const std::optional<Join> stated = as_stated(address, from)) return *stated;
  if (address.host.starts_with(unix_prefix))
    return at_socket(address.host.substr(unix_prefix.size()), from);
  if (address.ip) return at_address(*address.ip, address.port, from);
  const auto name = Hostname::parse(address.host);
  if (!name) return {};
  if (dns_.knows(*name)) {
    Join last;
    for (const IpAddress& ip : dns_.addresses(*name)) {
      last = at_address(ip, address.port, from);
      last.by = JoinedBy::dns;
      if (last.to) break;
    }
    return last;
  }
  if (const std::optional<Join> service = by_service(std::string(name->text()), address.port, from)) return *service;
  return by_name(name->text(), address.port, from);
}

std::optional<Topology::Join> Topology::by_service(const std::string& name, Port port,
                                                   std::optional<SiteId> from) const {
  const auto found = services_.find(name_key(name, port));
  if (found == services_.end()) return std::nullopt;
  if (!found->second->alias.empty()) return by_name(ascii_lower(found->second->alias), port, from);
  Join join;
  for (const Service::Endpoint& endpoint : found->second->endpoints) {
    join = at_address(endpoint.address, endpoint.port, from);
    if (join.to) break;
  }
  if (join.to && join.by == JoinedBy::address) join.by = JoinedBy::service;
  // Without endpoints the name itself may be claimed by a listener.
  if (!join.to && found->second->endpoints.empty()) return std::nullopt;
  return join;
}

std::optional<Topology::Join> Topology::as_stated(const BackAddress& address, std::optional<SiteId> from) const {
  const std::string host = address.ip ? address.ip->text() : ascii_lower(address.host);
  const StatedEdge* best = nullptr;
  for (const StatedEdge& edge : stated_) {
    if (edge.port && *edge.port != address.port) continue;
    const bool is_meant = edge.host == host || edge.host == ascii_lower(address.host);
    if (is_meant && (best == nullptr || (edge.port && !best->port))) best = &edge;
  }
  if (best == nullptr) return std::nullopt;
  const Port port = best->to_port.value_or(address.port);
  if (best->address) {
    Join join = at_address(*best->address, port, from);
    join.by = JoinedBy::stated;
    return join;
  }
  return Join{listener_of(best->configuration, port, best->to_port.has_value()), JoinedBy::stated, 0};
}

std::optional<Topology::Destination> Topology::listener_of(const std::string& configuration, Port port,
                                                           bool port_is_stated) const {
  for (size_t i = 0; i < sites_.size(); ++i) {
    const Deployment& deployment = *sites_[i].deployment;
    if (deployment.main_file != configuration) continue;
    const auto site = static_cast<SiteId>(i);
    for (size_t j = 0; j < deployment.listeners.size(); ++j)
      if (deployment.listeners[j].address.unix_path.empty() && deployment.listeners[j].address.port == port)
        return Destination{site, static_cast<ListenerId>(j)};
    // Behind a translated port (a container's, a service's) there is nothing to choose where only one listens.
    if (deployment.listeners.size() == 1 && !port_is_stated) return Destination{site, static_cast<ListenerId>(0)};
  }
  return std::nullopt;
}

void Topology::find_back_names() {
  const auto want = [&](const BackEdge& edge) {
    for (const BackAddress& address : edge.addresses) {
      if (address.ip || address.host.starts_with(unix_prefix)) continue;
      const auto name = Hostname::parse(address.host);
      if (!name || dns_.knows(*name)) continue;
      const std::string key = name_key(name->text(), address.port);
      const auto service = services_.find(key);
      const bool is_alias = service != services_.end() && !service->second->alias.empty();
      by_name_.try_emplace(is_alias ? name_key(ascii_lower(service->second->alias), address.port) : key);
    }
  };
  for (const Site& site : sites_) {
    for (const VirtualHost& host : site.deployment->virtual_hosts)
      for (const BackEdge& edge : host.back_edges) want(edge);
    for (const Listener& listener : site.deployment->listeners)
      for (const PassthroughRoute& route : listener.routes) want(route.back);
  }
  if (by_name_.empty()) return;

  for (size_t i = 0; i < sites_.size(); ++i) {
    const Deployment& deployment = *sites_[i].deployment;
    for (size_t j = 0; j < deployment.listeners.size(); ++j) {
      const Listener& listener = deployment.listeners[j];
      if (!listener.address.unix_path.empty()) continue;
      const Destination destination{static_cast<SiteId>(i), static_cast<ListenerId>(j)};
      const auto claim = [&](const ServerNamePattern& pattern) {
        if (pattern.kind != PatternKind::exact) return;
        const auto wanted = by_name_.find(name_key(pattern.text, listener.address.port));
        if (wanted == by_name_.end()) return;
        add(wanted->second, destination);
      };
      for (const VirtualHostId id : listener.virtual_hosts)
        for (const NamedPattern& named : deployment.virtual_host(id).names) claim(named.pattern);
      for (const PassthroughRoute& route : listener.routes)
        if (route.name) claim(*route.name);
    }
  }
}

Topology::Join Topology::by_name(std::string_view name, Port port, std::optional<SiteId> from) const {
  const auto claimed = by_name_.find(name_key(name, port));
  if (claimed == by_name_.end()) return {};
  Join join = one_of(claimed->second, false, from);
  if (join.by == JoinedBy::address) join.by = JoinedBy::name;
  return join;
}

Topology::Join Topology::at_address(const IpAddress& ip, Port port, std::optional<SiteId> from) const {
  if (auto exact = by_address_.find(address_key(ip, port)); exact != by_address_.end())
    return one_of(exact->second, true, from);
  auto wildcard = by_wildcard_.find(port.number());
  if (wildcard == by_wildcard_.end()) return {};
  std::vector<Destination> fitting;
  for (const Destination& candidate : wildcard->second)
    if (takes_family(deployment(candidate.site).listener(candidate.listener).address, ip.family())) add(fitting, candidate);
  if (!from && !fitting.empty()) return {fitting.front(), JoinedBy::address, 1};
  return one_of(fitting, ip.is_loopback(), from);
}

Topology::Join Topology::one_of(const std::vector<Destination>& candidates, bool may_be_itself,
                                std::optional<SiteId> from) const {
  std::vector<const Destination*> neighbours;
  for (const Destination& candidate : candidates) {
    if (candidate.site != from) neighbours.push_back(&candidate);
    else if (may_be_itself) return {candidate, JoinedBy::address, 1};
  }
  if (neighbours.empty()) return {};
  if (neighbours.size() == 1 || !from) return {*neighbours.front(), JoinedBy::address, 1};
  const std::string& here = deployment(*from).main_file;
  const Destination* nearest = nullptr;
  size_t shared = 0;
  bool is_one = false;
  for (const Destination* neighbour : neighbours) {
    const size_t folders = shared_folders(here, deployment(neighbour->site).main_file);
    if (nearest != nullptr && folders == shared) is_one = false;
    if (nearest != nullptr && folders <= shared) continue;
    nearest = neighbour;
    shared = folders;
    is_one = true;
  }
  if (!is_one) return {std::nullopt, JoinedBy::address, neighbours.size()};
  return {*nearest, JoinedBy::folder, 1};
}

bool Topology::may_lead_to(const IpAddress& ip, Port port, Destination destination) const {
  if (auto exact = by_address_.find(address_key(ip, port)); exact != by_address_.end())
    return std::find(exact->second.begin(), exact->second.end(), destination) != exact->second.end();
  const ListenAddress& address = deployment(destination.site).listener(destination.listener).address;
  if (takes_every_address(address)) return takes_family(address, ip.family());
  auto wildcard = by_wildcard_.find(port.number());
  if (wildcard == by_wildcard_.end()) return true;
  return std::none_of(wildcard->second.begin(), wildcard->second.end(), [&](const Destination& other) {
    return other.site == destination.site &&
           takes_family(deployment(other.site).listener(other.listener).address, ip.family());
  });
}

Topology::Join Topology::at_socket(const std::string& path, std::optional<SiteId> from) const {
  // nginx writes "unix:/path:/uri" for a URI behind the socket; the socket's path ends at that colon.
  auto found = by_address_.find(std::string(unix_prefix) + path.substr(0, path.find(':')));
  return found == by_address_.end() ? Join{} : one_of(found->second, true, from);
}

Place Topology::place(SiteId site, SourceSpan span, std::string what) const {
  const Deployment& in = deployment(site);
  if (!span.known()) return {in.main_file, 0, 0, std::move(what)};
  return {std::string(in.files.path(span.file)), span.line, span.column, std::move(what)};
}

}  // namespace astray
