#pragma once
// Where rounds and events go beside the store: metrics, webhooks, Alertmanager, ClickHouse, NATS.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "io/task.h"
#include "probe/nodes.h"
#include "watch/model/round_record.h"

namespace astray::watch {

/// What an outlet has done since the start, for the metrics.
struct OutletFigures {
  uint64_t delivered = 0;  ///< events, or rounds, that the receiver has acknowledged
  uint64_t failures = 0;   ///< attempts that brought no acknowledgement
  uint64_t refused = 0;    ///< events or rounds that the receiver will never take, and that were passed over
  std::optional<Instant> waiting_since;  ///< of the oldest that is not delivered; nothing when none waits
};

/// An outlet never holds up a round: offer() only takes note, run() does the sending. What a receiver must
/// get although it is away for an hour, the outlet takes from the store: events by its cursor, whole rounds
/// as parcels.
class Outlet {
 public:
  virtual ~Outlet() = default;
  /// Stable, unique among the settings' outlets: "webhook https://ops.example/hook".
  virtual const std::string& name() const = 0;
  /// What this outlet wants stored with the round, to be sent later; nothing for those who take events alone.
  virtual std::optional<std::string> parcel(const RoundRecord&) const { return std::nullopt; }
  /// A round that was stored, or, while the store fails, one that was not: alerts go on then.
  virtual void offer(const std::shared_ptr<const RoundRecord>& round) = 0;
  /// What happened between rounds: somebody acknowledged or silenced a problem. Stored by then.
  virtual void tell(const ProblemEvent&) {}
  /// Runs until it is cancelled.
  virtual Task<void> run() = 0;
  /// What keeps it from sending, one sentence; nothing when all is well. Said on the page.
  virtual std::optional<std::string> trouble() const = 0;
  virtual OutletFigures figures() const { return {}; }
  /// Takes out the nodes that others ask in the round that begins now.
  virtual void leave_to_others(ProbeNodes&) {}
  /// Adds what others told since the round before, as answers of more nodes: agents in other regions, say.
  /// Before anybody judges the round.
  virtual void add_to(RoundRecord&) {}
};

}  // namespace astray::watch
