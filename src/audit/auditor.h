#pragma once
#include <string>
#include <vector>

#include "audit/finding.h"
#include "audit/rule.h"
#include "audit/tiers.h"
#include "audit/topology.h"
#include "audit/waivers.h"

namespace astray {

struct AuditReport {
  std::vector<Finding> findings;   ///< waived ones too; in order of severity, then place
  /// What could not be read or decided, with its place: never collapsed into "no finding".
  struct LeftOut {
    Place place;
    std::string message;
  };
  std::vector<LeftOut> left_out;
  struct Input {
    std::string main_file, server, version, version_basis;
    size_t listeners, virtual_hosts, names, certificates, back_edges;
  };
  std::vector<Input> inputs;
  Tiers tiers;  ///< in the order of `inputs`; the caller draws them, of the findings that it keeps
  size_t waived = 0;
};

/// Runs every rule over the topology and applies the waivers. Pure: no clock, no files, no network.
AuditReport audit(const Topology& topology, const Waivers& waivers);

}  // namespace astray
