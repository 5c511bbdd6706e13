#pragma once
// What the TLS back edges of a topology send, folded: the names of one front virtual host that one edge
// treats alike, and that lead to the same places behind it, are one class with one example. Rules ask about
// classes, so that their cost grows with virtual hosts and edges, never with pairs of names.
#include <optional>
#include <string>
#include <vector>

#include "audit/hops.h"
#include "audit/topology.h"

namespace astray {

/// Names that are sent alike. Without a destination all names of an edge whose SNI equals (or differs from)
/// Host are one class.
struct SentClass {
  std::string front_name;  ///< an example
  Place named_at;          ///< where the front, or behind a front that takes any name the back, states it
  size_t names = 0;        ///< how many names that are written out it stands for
  SentNames sent;          ///< for the example
  VirtualHostId by_sni =
      VirtualHostId::none;  ///< that the destination's lookup leads the SNI to; none: no SNI
  VirtualHostId by_host = VirtualHostId::none;  ///< … and the Host
  bool sni_is_host = false;                     ///< the same name, port and spelling aside
};

/// One TLS back edge of one virtual host, toward one address.
struct SurveyedEdge {
  SiteId site;
  VirtualHostId front;
  const BackEdge* edge;
  const BackAddress* address;
  std::optional<Topology::Destination> destination;  ///< an HTTP listener of an audited configuration
  std::vector<SentClass> classes;
  bool open_ended =
      false;  ///< the front also takes names that are not written out: a wildcard, an expression, any
};

/// Edges with TLS (https, grpcs) and known addresses, in the order of the configurations. Of several
/// addresses whose configuration was not given, the first stands for all.
std::vector<SurveyedEdge> survey_tls_back_edges(const Topology& topology);

/// Whether the names of this class are known and their Host is a host name: addresses belong to no virtual
/// host of their own.
bool sends_a_host_name(const SentClass& names);

/// Equal for edges of one site that lead to the same server: what findings are folded by.
std::string where_to(const SurveyedEdge& edge);

/// "127.0.0.1:8443": where the edge leads, for messages.
std::string address_text(const BackAddress& address);

}  // namespace astray
