#pragma once
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "audit/topology.h"
#include "audit/treatment.h"

namespace astray {

/// A configured name that the server's lookup does lead to the virtual host it is configured in.
struct NameClaim {
  VirtualHostId virtual_host;
  std::string_view name;
  SourceSpan span;
  /// `made`: `name` is an example of a pattern.
  enum class Origin : uint8_t { configured, made } origin = Origin::configured;
};

/// What a listener does for the names of one virtual host.
struct Treated {
  ExpectedHandshake handshake;
  Treatments::Ids treatment{};
  /// The certificate presented; null when there is none or it could not be read.
  const Certificate* certificate() const;
};

/// The names of one listener and what it does with them; each virtual host is asked about once.
class ListenerNames {
 public:
  ListenerNames(const Topology& topology, SiteId site, ListenerId listener);

  /// Virtual host by virtual host. Of a pattern, one example.
  const std::vector<NameClaim>& claims() const { return claims_; }
  /// Who claims a name by name or pattern; absent where the default virtual host answers.
  std::optional<Behaviour::Lookup> owner(std::string_view name) const;
  /// `name` is one of the virtual host's.
  const Treated& treated(VirtualHostId virtual_host, std::string_view name);
  SourceSpan span_of(VirtualHostId virtual_host) const { return deployment_.virtual_host(virtual_host).span; }

  bool unknown_to_dns(std::string_view name) const;
  /// Those of the name's addresses that lead to this listener.
  std::vector<IpAddress> addresses_here(std::string_view name) const;

 private:
  void collect_claims();
  bool leads_to(VirtualHostId virtual_host, std::string_view name) const;

  const Topology& topology_;
  SiteId site_;
  ListenerId listener_id_;
  const Deployment& deployment_;
  const Listener& listener_;
  const Behaviour& behaviour_;
  std::vector<NameClaim> claims_;
  std::deque<std::string> made_;  ///< names made from patterns; claims_ points into it
  Treatments treatments_;
  std::unordered_map<VirtualHostId, Treated> treated_;
};

}  // namespace astray
