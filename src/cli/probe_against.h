#pragma once
// `astray probe --against CONFIG`: targets and predictions out of a configuration.
#include <memory>
#include <string>
#include <vector>

#include "audit/topology.h"
#include "probe/nodes.h"

namespace astray {

struct TargetsOfSites {
  std::vector<ProbeTarget> targets;
  std::vector<std::string> notes;  ///< what was made up or left out
};

/// Every name of every listener, pinned to the listener's address; 127.0.0.1 or ::1 stand for one on every
/// address, unless `instead` says where the nodes are. Wildcards and regular expressions take part with a
/// sample name.
TargetsOfSites targets_of(const std::vector<Site>& sites, const std::vector<NodeOverride>& instead);

}  // namespace astray
