#pragma once
// One round: what is asked of whom, and what came.
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audit/topology.h"
#include "watch/actions/actions.h"
#include "watch/detection/detector.h"
#include "watch/model/round_record.h"
#include "watch/rounds/asker.h"
#include "watch/rounds/window.h"
#include "watch/settings/settings.h"

namespace astray::watch {

/// The configurations that the nodes are held against, as they are now.
struct Configured {
  std::shared_ptr<const std::vector<Site>> sites = std::make_shared<const std::vector<Site>>();
  std::vector<ProbeTarget> targets;   ///< that they name; watched where the settings have no targets
  std::vector<std::string> troubles;  ///< what could not be read, one sentence each
};

/// What one round is made of. Borrowed until it is over.
struct RoundFrame {
  const WatchSettings& settings;
  const ProbeNodes& found;
  const Configured& configured;
  std::string version;  ///< of the program, for the evidence
  Instant now;
  uint64_t number = 0;             ///< which part of the matrix has its turn
  std::vector<Problem> problems;   ///< whose names come first, and whose evidence is asked again
  std::vector<PairOnNode> soon;    ///< asked whatever has its turn
  std::function<void(const ProbeProgress&)> progress;
  std::function<bool()> stop;
};

/// What will be asked.
struct RoundPlan {
  Window window;
  /// Where pairs take turns: what is asked soon, and the evidence of problems.
  std::vector<ConnectionQuestion> questions;
};
RoundPlan plan_round(const RoundFrame& frame);

struct AskedRound {
  RoundRecord round;
  bool interrupted = false;  ///< `stop` ended it
};
Task<AskedRound> ask_round(Asker& asker, const RoundFrame& frame);

/// The suspicions once more, each on a connection of its own; nothing for what could not be asked.
Task<std::vector<std::optional<CellAnswer>>> ask_suspicions(Asker& asker, const RoundFrame& frame,
                                                            const RoundRecord& round,
                                                            std::span<const Suspicion> suspicions);

}  // namespace astray::watch
