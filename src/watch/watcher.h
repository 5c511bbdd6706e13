#pragma once
// Round after round: asks, remembers, finds what is wrong, tells.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "io/wait_queue.h"
#include "watch/actions/actions.h"
#include "watch/actions/rate_limit.h"
#include "watch/outlets/outlet.h"
#include "watch/rounds/clock_check.h"
#include "watch/rounds/node_finder.h"
#include "watch/rounds/refusal_counter.h"
#include "watch/rounds/round.h"
#include "watch/state.h"
#include "watch/store/store_keeper.h"

namespace astray::watch {

/// What the watcher is given by those above it. Outlives it.
struct WatcherWorld {
  Loop& loop;
  Asker& asker;
  Resolver& resolver;
  StoreKeeper& store;
  std::function<Instant()> wall_clock;
  std::function<double()> chance;  ///< in [0, 1), for the jitter
  /// The same object as long as no file of the configurations has changed.
  std::function<std::shared_ptr<const Configured>(const WatchSettings&)> configured;
  std::function<void(const ProbeProgress&)> progress;  ///< may be empty
  std::string version;
};

class Watcher final : public Actions {
 public:
  /// An Error says which settings cannot be followed.
  static Result<std::unique_ptr<Watcher>> make(WatchSettings settings, WatcherWorld world);

  /// Until stop(). Outlets' own tasks are the caller's.
  Task<void> run();
  /// One round with its confirmation. False: it was stopped, and is forgotten.
  Task<bool> one_round();
  /// What one round would ask; nothing is asked but DNS.
  Task<RoundPlan> plan();
  /// The round under way is dropped as soon as no connection of it is open; at most within the time limit of a cell.
  void stop();

  /// From the next round on. An Error when the settings cannot be followed: all stays as it was.
  Result<void> adopt(WatchSettings settings);
  /// Borrowed; told of each round.
  void add_outlet(Outlet& outlet) { outlets_.push_back(&outlet); }

  Acted<void> acknowledge(const std::string& problem, Remark remark) override;
  Acted<Silence> silence(Silence silence) override;
  Acted<void> end_silence(uint64_t number) override;
  Acted<void> ask_soon(PairOnNode pair) override;

  const WatchState& state() const { return state_; }
  /// Of the round or plan that was made last.
  const std::vector<std::string>& troubles() const { return troubles_; }
  const WatchSettings& settings() const { return settings_; }

 private:
  Watcher(WatchSettings settings, WatcherWorld world, RefusalCounter refusals);

  Task<ProbeNodes> find_nodes_now();
  void take_new_settings();
  RoundFrame frame(const ProbeNodes& found, const Configured& configured);
  Task<void> wait_for_turn(MonotonicTime began, MonotonicTime due);
  Task<bool> confirm(const RoundFrame& frame, RoundRecord& round);
  void recall();
  DetectionPast past_of(const RoundRecord& round);
  void keep(RoundRecord round);
  void mark(RoundRecord& round);
  std::vector<ProblemEvent> forget_ended_silences(std::vector<Problem>& problems, Instant now);
  void tell(ProblemEvent event);
  void forget_old();
  void note_store_trouble(const StoreError& error);
  void show(std::shared_ptr<const RoundRecord> round);
  void note_names(const ProbeNodes& found);
  void hear_others(RoundRecord& round);
  std::vector<std::string> own_troubles();
  bool stopping() const { return stopped_.state() == Gate::State::open; }

  /// What adopt() was given, until the next round begins.
  struct NewSettings {
    WatchSettings settings;
    RefusalCounter refusals;
  };

  WatchSettings settings_;
  std::optional<NewSettings> new_settings_;
  WatcherWorld world_;
  NodeFinder finder_;
  RefusalCounter refusals_;
  ClockCheck clock_;
  std::vector<Outlet*> outlets_;
  Gate stopped_;
  Gate hurried_;  ///< open: the next round is not to wait for its turn
  RateLimit asking_soon_{most_asked_soon, std::chrono::minutes(1)};
  std::vector<PairOnNode> soon_;                     ///< what the next round asks as well
  std::vector<Silence> silences_;                    ///< but those whose end was told
  size_t own_nodes_ = 0;                             ///< of state_.nodes; the others' follow
  WatchState state_;
  std::vector<std::string> troubles_;                ///< of the round that is being made
  std::string pace_trouble_;                         ///< of the one before; "" when it was in time
  std::vector<std::optional<CellAnswer>> before_;    ///< of the round that is being detected
  std::vector<Problem> problems_;                    ///< suspected and open ones
  uint64_t last_number_ = 0;                         ///< of a round
  bool knows_past_ = false;                          ///< problems_ and last_number_ are the store's
};

}  // namespace astray::watch
