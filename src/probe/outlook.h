#pragma once
// What each client would do with each pair of names that was asked, and what it would get.
#include <span>
#include <unordered_map>
#include <vector>

#include "probe/assessor.h"
#include "probe/baselines.h"
#include "probe/name_table.h"
#include "probe/probe_findings.h"

namespace astray {

class Outlook {
 public:
  /// Borrows all.
  Outlook(const std::vector<ProbeNode>& nodes, const NameTable& names, const Baselines& baselines)
      : nodes_(nodes), names_(names), baselines_(baselines) {}

  /// A judged cell; those that no client would send are passed over.
  void add(NodeIndex node, const ProbeCell& cell);

  std::vector<OutlookRow> rows(std::span<const ResolvedName> resolved,
                               std::span<const ClientProfile* const> clients) const;

  /// Turns rows in which a client is led astray into findings.
  void find_hazards(std::span<const OutlookRow> rows, ProbeFindings& findings) const;

 private:
  struct Pair {
    NodeIndex node;
    NameId from, to;
    CellVerdict reused = CellVerdict::could_not_tell, fresh = CellVerdict::could_not_tell;
    uint64_t reused_cell = 0, fresh_cell = 0;
    Protocol reused_protocol = Protocol::h1;
  };
  const Baseline* carrier(NodeIndex node, NameId name) const;
  bool is_served_on_its_own(NodeIndex node, NameId name) const;

  const std::vector<ProbeNode>& nodes_;
  const NameTable& names_;
  const Baselines& baselines_;
  std::vector<Pair> pairs_;
  std::unordered_map<uint64_t, size_t> places_;  ///< of a pair, by a digest of node and names
};

}  // namespace astray
