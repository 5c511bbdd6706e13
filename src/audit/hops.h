#pragma once
// Follows a request from a front virtual host over its back edges, with the SNI and Host that each hop sends.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/topology.h"

namespace astray {

/// What a back edge sends for a request whose front authority is `front_name`.
struct SentNames {
  std::optional<std::string> sni;   ///< absent: no server_name extension
  std::optional<std::string> host;  ///< as it stands in the field, port and all; absent: unknowable or none
  bool sni_known = true;
  bool host_known = true;
};
/// A fresh front connection is assumed: its SNI is `front_name` (none if that is an address). The SNI toward
/// the back has no port, and is absent where the server leaves it out: for addresses and empty names (RFC
/// 6066 §3).
SentNames names_sent(const VirtualHost& front, const BackEdge& edge, const BackAddress& address,
                     const std::string& front_name);

/// The name that the back's certificate is checked against; absent: it is not checked, or nobody can tell.
std::optional<std::string> name_verified(const VirtualHost& front, const BackEdge& edge,
                                         const BackAddress& address, const std::string& front_name);

/// What an audited server answers to a proxy that sends these names. Precondition: both are known. Where the
/// virtual host that Host leads to demands client certificates, the proxy is taken to hold a fitting one:
/// whether it does is not a question of names.
Expected ask_back(const Topology& topology, const Topology::Destination& destination, BackProtocol protocol,
                  const SentNames& sent);

/// Lower case, without port and trailing dot: the form that virtual hosts and routes are looked up by.
std::string lookup_name(std::string_view host);

/// One step behind the front: what is sent to one address, and what the audited server there will answer.
struct Hop {
  SiteId front_site;
  VirtualHostId front;  ///< none: a passthrough listener, which sends on what it got
  const BackEdge* edge;
  const BackAddress* address;
  std::string front_name;
  SentNames sent;
  std::optional<Topology::Destination> destination;  ///< absent: the back's configuration was not given
  /// Absent without a destination, when names are unknowable, when the back is no HTTP server (FastCGI, …),
  /// and at a passthrough listener, which answers nothing itself.
  std::optional<Expected> expected;
};

/// Every hop of one virtual host for one name, depth first through further proxies, at most 8 deep; a loop
/// ends it.
std::vector<Hop> follow(const Topology& topology, SiteId site, VirtualHostId front,
                        const std::string& front_name);

}  // namespace astray
