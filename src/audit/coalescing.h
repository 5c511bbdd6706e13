#pragma once
// Which names a client may carry on one another's connections, folded so that no pair of names is ever enumerated:
// names are grouped by (site, listener, addresses, certificate), and within a group by what the server does with
// them. The cost grows with names and classes, never with pairs of names.
#include <string>
#include <vector>

#include "audit/topology.h"
#include "servers/model/deployment.h"

namespace astray {

/// Names of one virtual host that a certificate covers. `example` is one of them, or, for a pattern, a name made
/// from it that the server's lookup does lead to this virtual host.
struct NameClass {
  VirtualHostId virtual_host;
  std::string example;
  SourceSpan span;               ///< where `example` is configured
  size_t names = 0;              ///< how many configured names it stands for
  ExpectedHandshake handshake;   ///< of a fresh h2-offering connection for `example`
  bool may_carry = false;        ///< its own handshake presents the group's certificate over h2: others may ride on it
};

/// One certificate on one listener, and the classes of names that it covers.
struct CoalescingGroup {
  SiteId site;
  ListenerId listener;
  const CertificateUse* certificate;
  std::vector<NameClass> classes;   ///< one for each virtual host; carriers and riders
};

std::vector<CoalescingGroup> coalescing_groups(const Topology& topology);

}  // namespace astray
