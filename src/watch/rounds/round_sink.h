#pragma once
#include <unordered_map>
#include <unordered_set>

#include "probe/summary.h"
#include "watch/model/round_record.h"
#include "watch/rounds/cell_recorder.h"

namespace astray::watch {

/// Takes the cells of a run into a round. Nothing else of them is kept.
class RoundSink final : public CellSink {
 public:
  /// Borrows all; `nodes` are those that the plan asks.
  RoundSink(const std::vector<ProbeNode>& nodes, const ProbeReport& report, RoundRecord& round);
  void cell(const ProbeCell& cell) override;
  /// The pairs that clients would put on one connection.
  void finish(const ProbeSummary& summary) override;

 private:
  const ProbeReport& report_;
  RoundRecord& round_;
  std::unordered_map<std::string, size_t> node_places_;  ///< in round_.nodes
  std::unordered_set<std::string> certificates_;         ///< fingerprints
};

}  // namespace astray::watch
