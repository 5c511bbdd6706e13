#pragma once
// Several configurations as one topology: joined by address, by what the user states and by name, seen by certain
// clients, with or without DNS.
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "audit/dns_view.h"
#include "audit/finding.h"
#include "audit/stated_edge.h"
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

/// What led from a back address to a listener.
enum class JoinedBy : uint8_t {
  address,  ///< it listens there: an IP address, or a UNIX socket
  dns,      ///< … and DNS leads the name there
  stated,   ///< --edge says so
  service,  ///< … and it is an endpoint of the Service that the name means
  name,     ///< it listens on that port, and alone among the audited ones it claims the back's name
  folder,   ///< several listen there, and of these its configuration alone lies nearest to the front's
};
std::string_view to_string(JoinedBy joined_by);

class Topology {
 public:
  Topology(std::vector<Site> sites, DnsView dns, std::vector<const ClientProfile*> clients, Instant now,
           std::vector<StatedEdge> stated = {});

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
  /// loopback address itself before a neighbour on the same machine, for any other address never itself. Of
  /// several neighbours the one is meant whose configuration lies nearest (region-a/front, region-a/back); where
  /// none does, nobody can say, and --edge has to.
  std::optional<Destination> destination(const BackAddress& address, std::optional<SiteId> from = {}) const;
  /// As above for an address already known.
  std::optional<Destination> destination(const IpAddress& ip, Port port,
                                         std::optional<SiteId> from = {}) const;

  /// As destination(), with what led there.
  struct Join {
    std::optional<Destination> to;
    JoinedBy by = JoinedBy::address;
    size_t candidates = 0;  ///< without `to`: how many listen there, so that nobody can say which is meant
  };
  Join join(const BackAddress& address, std::optional<SiteId> from = {}) const;

  /// Whether the address can be this listener's: nobody else states it, and the listener takes every address,
  /// or nobody does (a public address in front of an address translation).
  bool may_lead_to(const IpAddress& ip, Port port, Destination destination) const;

  Place place(SiteId site, SourceSpan span, std::string what) const;

 private:
  Join at_socket(const std::string& path, std::optional<SiteId> from) const;
  Join one_of(const std::vector<Destination>& candidates, bool may_be_itself, std::optional<SiteId> from) const;
  Join at_address(const IpAddress& ip, Port port, std::optional<SiteId> from) const;
  /// Nothing where no --edge speaks of this address; else where it leads, be that nowhere.
  std::optional<Join> as_stated(const BackAddress& address, std::optional<SiteId> from) const;
  /// Nothing where no Service has this name.
  std::optional<Join> by_service(const std::string& name, Port port, std::optional<SiteId> from) const;
  Join by_name(std::string_view name, Port port, std::optional<SiteId> from) const;
  void find_back_names();
  std::optional<Destination> listener_of(const std::string& configuration, Port port, bool port_is_stated) const;

  std::vector<Site> sites_;
  DnsView dns_;
  std::vector<const ClientProfile*> clients_;
  Instant now_;
  std::vector<StatedEdge> stated_;
  std::unordered_map<std::string, std::vector<Destination>>
      by_address_;  ///< "192.0.2.1:443", "unix:/run/x": the first listener of each site
  std::unordered_map<uint16_t, std::vector<Destination>>
      by_wildcard_;  ///< listeners on every address, by port
  std::unordered_map<std::string, const Service*> services_;  ///< "a.shop.svc.cluster.local:8080"
  /// "app.internal:8443", for each name that a back edge connects to: the listeners that claim it there.
  std::unordered_map<std::string, std::vector<Destination>> by_name_;
};

}  // namespace astray
