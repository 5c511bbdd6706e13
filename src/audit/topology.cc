#include "audit/topology.h"

#include <fmt/format.h>

#include <algorithm>

#include "names/hostname.h"

namespace astray {
namespace {

constexpr std::string_view unix_prefix = "unix:";

std::string address_key(const IpAddress& ip, Port port) {
  return fmt::format("{}:{}", ip.bytes(), port.number());
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

Topology::Topology(std::vector<Site> sites, DnsView dns, std::vector<const ClientProfile*> clients,
                   Instant now)
    : sites_(std::move(sites)), dns_(std::move(dns)), clients_(std::move(clients)), now_(now) {
  for (size_t site = 0; site < sites_.size(); ++site) {
    const auto& listeners = sites_[site].deployment->listeners;
    for (size_t i = 0; i < listeners.size(); ++i) {
      Destination destination{static_cast<SiteId>(site), static_cast<ListenerId>(i)};
      const ListenAddress& address = listeners[i].address;
      if (!address.unix_path.empty()) {
        by_address_.try_emplace(std::string(unix_prefix) + address.unix_path, destination);
      } else if (takes_every_address(address)) {
        by_wildcard_[address.port.number()].push_back(destination);
      } else {
        by_address_.try_emplace(address_key(*address.ip, address.port), destination);
      }
    }
  }
}

const Deployment& Topology::deployment(SiteId site) const {
  return *sites_.at(static_cast<size_t>(site)).deployment;
}

const Behaviour& Topology::behaviour(SiteId site) const {
  return *sites_.at(static_cast<size_t>(site)).behaviour;
}

std::optional<Topology::Destination> Topology::destination(const BackAddress& address,
                                                           std::optional<SiteId> from) const {
  if (address.host.starts_with(unix_prefix)) return at_socket(address.host.substr(unix_prefix.size()));
  if (address.ip) return destination(*address.ip, address.port, from);
  auto name = Hostname::parse(address.host);
  if (!name) return std::nullopt;
  for (const IpAddress& ip : dns_.addresses(*name))
    if (auto found = destination(ip, address.port, from)) return found;
  return std::nullopt;
}

std::optional<Topology::Destination> Topology::destination(const IpAddress& ip, Port port,
                                                           std::optional<SiteId> from) const {
  if (auto exact = by_address_.find(address_key(ip, port)); exact != by_address_.end()) return exact->second;
  auto wildcard = by_wildcard_.find(port.number());
  if (wildcard == by_wildcard_.end()) return std::nullopt;
  std::optional<Destination> neighbour;
  for (const Destination& candidate : wildcard->second) {
    const ListenAddress& address = deployment(candidate.site).listener(candidate.listener).address;
    if (!takes_family(address, ip.family())) continue;
    if (!from) return candidate;
    bool own = candidate.site == *from;
    if (own && ip.is_loopback()) return candidate;
    if (!own && !neighbour) neighbour = candidate;
  }
  return neighbour;
}

bool Topology::may_lead_to(const IpAddress& ip, Port port, Destination destination) const {
  if (auto exact = by_address_.find(address_key(ip, port)); exact != by_address_.end())
    return exact->second == destination;
  const ListenAddress& address = deployment(destination.site).listener(destination.listener).address;
  if (takes_every_address(address)) return takes_family(address, ip.family());
  auto wildcard = by_wildcard_.find(port.number());
  if (wildcard == by_wildcard_.end()) return true;
  return std::none_of(wildcard->second.begin(), wildcard->second.end(), [&](const Destination& other) {
    return other.site == destination.site &&
           takes_family(deployment(other.site).listener(other.listener).address, ip.family());
  });
}

std::optional<Topology::Destination> Topology::at_socket(const std::string& path) const {
  // nginx writes "unix:/path:/uri" for a URI behind the socket; the socket's path ends at that colon.
  auto found = by_address_.find(std::string(unix_prefix) + path.substr(0, path.find(':')));
  if (found == by_address_.end()) return std::nullopt;
  return found->second;
}

Place Topology::place(SiteId site, SourceSpan span, std::string what) const {
  const Deployment& in = deployment(site);
  if (!span.known()) return {in.main_file, 0, 0, std::move(what)};
  return {std::string(in.files.path(span.file)), span.line, span.column, std::move(what)};
}

}  // namespace astray
