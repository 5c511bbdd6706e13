#pragma once
// From targets to the nodes that are asked.
#include <string>
#include <vector>

#include "io/loop.h"
#include "io/resolver.h"
#include "io/task.h"
#include "probe/assessor.h"
#include "probe/target.h"

namespace astray {

/// A target whose name DNS does not know: it has no node.
struct UnresolvedTarget {
  std::string target;
  std::string message;
};

struct ProbeNodes {
  std::vector<ProbeNode> nodes;     ///< in the order in which the targets lead to them
  std::vector<ResolvedName> names;  ///< every name with its addresses, each name once
  std::vector<UnresolvedTarget> unresolved;
};

/// An address that takes the place of every target's own.
struct NodeOverride {
  IpAddress address;
  std::optional<Port> port;  ///< absent: the target's
};

/// Every address of a target is a node; names that share address, port and protocol share the node. With
/// `instead` nothing is resolved.
Task<ProbeNodes> find_nodes(Loop& loop, Resolver& resolver, std::vector<ProbeTarget> targets,
                            std::vector<NodeOverride> instead);

}  // namespace astray
