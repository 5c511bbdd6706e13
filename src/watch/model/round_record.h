#pragma once
// One round: what was asked, what came, and what follows from it. Stored whole or not at all.
#include <string>
#include <vector>

#include "base/monotonic_time.h"
#include "watch/model/problem.h"

namespace astray::watch {

struct NodeRecord {
  std::string node;
  std::vector<std::string> names;  ///< that were asked there in this round
  uint64_t cells = 0, failed = 0;
  bool answered = false;  ///< at least one cell
};

/// 421s that the logs told since the round before.
struct RefusalCount {
  std::string node;  ///< the log's host, as the settings name it
  std::string from, to;
  uint64_t count = 0;
  bool operator==(const RefusalCount&) const = default;
};

struct RoundRecord {
  uint64_t number = 0;  ///< rising, also over restarts
  /// Region of the agent that asked; "" for a watcher alone.
  std::string region;
  Instant began;
  Duration took{};
  uint64_t cells = 0, failed = 0;
  uint64_t cells_of_whole = 0;  ///< how many the whole matrix has; this round asked some of them
  std::vector<NodeRecord> nodes;
  std::vector<CellRecord> answers;
  std::vector<CertificateRecord> certificates;  ///< every one seen in the round
  std::vector<CoalescibleRecord> coalescible;   ///< of the pairs that this round asked, as far as it could tell
  std::vector<RefusalCount> refusals;
  std::vector<Problem> problems;      ///< every one that is not at rest, also merely suspected ones
  std::vector<ProblemEvent> events;   ///< that this round made
  std::vector<std::string> troubles;  ///< of the watcher itself, one sentence each
};

}  // namespace astray::watch
