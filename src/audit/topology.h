#pragma once
// Several configurations as one topology: joined by address, seen by certain clients, with or without DNS.
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "audit/dns_view.h"
#include "audit/finding.h"
#include "base/instant.h"
#include "servers/model/server.h"
#include "verdict/client_profile.h"

namespace astray {

/// One audited configuration with what its server does.
struct Site {
  std::unique_ptr<const Deployment> deployment;
  std::unique_ptr<const Behaviour> behaviour;
};

enum class SiteId : uint32_t {};

class Topology {
 public:
  Topology(std::vector<Site> sites, DnsView dns, std::vector<const ClientProfile*> clients, Instant now);

  std::span<const Site> sites() const { return sites_; }
  const Deployment& deployment(SiteId site) const;
  const Behaviour& behaviour(SiteId site) const;
  const DnsView& dns() const { return dns_; }
  std::span<const ClientProfile* const> clients() const { return clients_; }
  Instant now() const { return now_; }

  /// The listener, in any audited configuration, that a back address leads to. A specific address beats a
  /// wildcard one. Loopback and wildcard addresses lead to another configuration on the same machine, never
  /// to the listener of a configuration whose addresses exclude them; a name is looked up in the DNS view.
  struct Destination {
    SiteId site;
    ListenerId listener;
    bool operator==(const Destination&) const = default;
  };
  /// `from`, the site that connects, settles who is meant where several listen on every address: for a
  /// loopback address itself before a neighbour on the same machine, for any other address never itself.
  std::optional<Destination> destination(const BackAddress& address, std::optional<SiteId> from = {}) const;
  /// As above for an address already known.
  std::optional<Destination> destination(const IpAddress& ip, Port port,
                                         std::optional<SiteId> from = {}) const;

  /// Whether the address can be this listener's: nobody else states it, and the listener takes every address,
  /// or nobody does (a public address in front of an address translation).
  bool may_lead_to(const IpAddress& ip, Port port, Destination destination) const;

  Place place(SiteId site, SourceSpan span, std::string what) const;

 private:
  std::optional<Destination> at_socket(const std::string& path) const;

  std::vector<Site> sites_;
  DnsView dns_;
  std::vector<const ClientProfile*> clients_;
  Instant now_;
  std::unordered_map<std::string, Destination> by_address_;  ///< "192.0.2.1:443", "unix:/run/x"
  std::unordered_map<uint16_t, std::vector<Destination>>
      by_wildcard_;  ///< listeners on every address, by port
};

}  // namespace astray
