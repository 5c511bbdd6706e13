#pragma once
// Follows a request from a front virtual host over its back edges, with the SNI and Host that each hop sends.
#include <optional>
#include <string>
#include <vector>

#include "audit/topology.h"

namespace astray {

/// What a back edge sends for a request whose front authority is `front_name`.
struct SentNames {
  std::optional<std::string> sni;    ///< absent: no server_name extension
  std::optional<std::string> host;   ///< absent: unknowable or none
  bool sni_known = true;
  bool host_known = true;
};
SentNames names_sent(const VirtualHost& front, const BackEdge& edge, const BackAddress& address,
                     const std::string& front_name);

/// One step behind the front: what is sent to one address, and what the audited server there will answer.
struct Hop {
  SiteId front_site;
  VirtualHostId front;
  const BackEdge* edge;
  const BackAddress* address;
  std::string front_name;
  SentNames sent;
  std::optional<Topology::Destination> destination;  ///< absent: the back's configuration was not given
  std::optional<Expected> expected;                  ///< absent without a destination, or when names are unknowable
};

/// Every hop of one virtual host for one name, depth first through further proxies, at most 8 deep; a loop ends it.
std::vector<Hop> follow(const Topology& topology, SiteId site, VirtualHostId front, const std::string& front_name);

}  // namespace astray
