#pragma once
// What the watcher knows at the moment, for the page, the metrics and the outlets. Written by the round
// alone, on the loop's own thread.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "watch/model/round_record.h"
#include "watch/model/silence.h"

namespace astray::watch {

struct WatchState {
  std::string version;  ///< of the program
  std::string store_id;
  Instant started;
  std::vector<std::string> nodes;  ///< all that are watched
  std::vector<std::string> names;
  std::shared_ptr<const RoundRecord> last_round;  ///< null before the first
  std::optional<Instant> next_round;
  std::vector<Problem> problems;  ///< suspected and open ones
  std::vector<Silence> silences;  ///< that last, by their number
  std::vector<std::string>
      troubles;  ///< of the watcher: store, outlets, DNS, clock, configurations; one sentence each
  uint64_t rounds = 0, cells = 0, drift_events = 0;  ///< since the start
  uint64_t revision = 0;  ///< rises with every change: who shows the state looks again
};

}  // namespace astray::watch
