#pragma once
// Which names a client may carry on one another's connections, folded so that no pair of names is ever
// enumerated: names are grouped by (site, listener, address, certificate), and within a group by what the
// server does with them. The cost grows with names and classes, never with pairs of names.
#include <optional>
#include <string>
#include <vector>

#include "audit/topology.h"
#include "servers/model/deployment.h"

namespace astray {

/// One name and the virtual host that the server's lookup leads it to.
struct NameSample {
  VirtualHostId virtual_host = VirtualHostId::none;
  std::string name;
  SourceSpan span;  ///< where the name, or the pattern that it was made from, is configured
};

/// Names that the server treats alike. `example` is one of them, or, for a pattern, a name made from it that
/// the lookup does lead to its virtual host.
struct NameClass {
  NameSample example;
  std::optional<NameSample> alias;  ///< another name of the example's virtual host
  std::optional<NameSample> peer;   ///< a name of another virtual host of this class
  size_t names = 0;                 ///< how many configured names it stands for
  size_t virtual_hosts = 0;         ///< of how many virtual hosts
  ExpectedHandshake handshake;      ///< of a fresh h2-offering connection for `example`
  bool may_carry =
      false;  ///< its own handshake presents the group's certificate over h2: others may ride on it
  /// Equal for classes of a listener that differ in nothing but paths and spelling.
  uint32_t policy = 0;
};

/// A name that the certificate covers and that no virtual host of the listener claims.
struct UnclaimedName {
  std::string name;
  std::string covered_by;  ///< the certificate's entry: `name` itself, or the wildcard it was made from
  bool made_from_wildcard() const { return name != covered_by; }
};

/// One certificate on one listener, and the classes of names that it covers.
struct CoalescingGroup {
  SiteId site;
  ListenerId listener;
  std::vector<ListenerId> twins;     ///< listeners that carry the same virtual hosts in the same way
  std::optional<IpAddress> address;  ///< DNS leads every name here; absent: the names are taken to share one
  const CertificateUse* certificate;
  std::vector<NameClass> classes;        ///< carriers and riders, in the order of the configuration
  std::vector<UnclaimedName> unclaimed;  ///< the first few
  size_t unclaimed_names = 0;            ///< all of them; a wildcard counts once
  /// Configured names with a dot that this certificate is presented for and does not cover; the first few.
  std::vector<NameSample> uncovered;
  size_t uncovered_names = 0;  ///< all of them
  bool complete = true;        ///< false: more classes of riders exist than are listed here
};

/// Of every TLS listener of every site. Groups that only one name belongs to are among them.
std::vector<CoalescingGroup> coalescing_groups(const Topology& topology);

}  // namespace astray
