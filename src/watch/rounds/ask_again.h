#pragma once
// The second run of a round: single questions once more, each on a new connection.
#include <span>
#include <string>
#include <vector>

#include "probe/axes.h"
#include "watch/model/cell_record.h"

namespace astray::watch {

/// The question that a key stands for, where its node is among these; a reused connection is opened anew for the
/// name in SNI.
std::optional<ConnectionQuestion> question_of(const CellKey& key, const std::vector<ProbeNode>& nodes);

/// What makes answers mean the same as in the round: the names that the keys tell of, on all their nodes, each with
/// its own answers; and the questions that are none of these.
struct AgainPlan {
  std::vector<ProbeNode> nodes;
  Axes axes;
  std::vector<ConnectionQuestion> questions;
};
AgainPlan again_plan(std::span<const CellKey> keys, const std::vector<std::string>& further_names,
                     const std::vector<ProbeNode>& nodes, const Axes& axes);

}  // namespace astray::watch
