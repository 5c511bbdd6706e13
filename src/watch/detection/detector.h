#pragma once
// From what a round saw to what people are told. Pure: no clock, no network, no store.
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "watch/model/round_record.h"
#include "watch/settings/settings.h"

namespace astray::watch {

/// What the detector needs beside the round itself.
struct DetectionPast {
  /// For each of the round's answers, in their order: the one before, leaving out what nobody answered
  /// (CellVerdict::failed); nothing where there is none.
  std::span<const std::optional<CellAnswer>> before;
  std::vector<Problem> problems;               ///< suspected and open ones
  /// What was known before of the round's pairs: one that nothing was known of is no new one.
  std::vector<CoalescibleRecord> coalescible;
  /// Mean of the 421s in a round over the last hour, by pair.
  std::vector<std::pair<RefusalCount, double>> mean_refusals;
  uint64_t rounds_before = 0;  ///< 0: nothing can have changed yet, only be wrong
  /// All that is watched, also what this round did not ask; empty: not known. Problems of others are at an
  /// end.
  std::vector<std::string> names, nodes;
};

/// A question whose answer must be confirmed on a fresh connection before people are told.
struct Suspicion {
  /// What the second answer is to show: that it is still wrong, or that all is well again on a node, for a
  /// name, or altogether.
  enum class Asks : uint8_t { still_wrong, node_mended, name_mended, all_mended };

  std::string problem;  ///< id
  CellKey key;
  Asks asks = Asks::still_wrong;
};

/// Finds what is wrong in the round, folds what has one cause into one problem, and carries on the problems
/// that there were. Fills round.problems; round.events are made by settle() once the suspicions were asked
/// again.
class Detector {
 public:
  explicit Detector(AlertSettings settings) : settings_(settings) {}

  /// The questions to ask again; at most `most_suspicions`, some for each problem that is new.
  std::vector<Suspicion> detect(RoundRecord& round, const DetectionPast& past) const;
  static constexpr size_t most_suspicions = 200;

  /// `confirmed`: for each suspicion what a fresh connection was answered; nothing where it could not be
  /// asked. Problems whose every question was answered well then stay suspected; others are opened, resolved
  /// or accepted as the settings want, each with its event.
  void settle(RoundRecord& round, std::span<const Suspicion> suspicions,
              std::span<const std::optional<CellAnswer>> confirmed) const;

 private:
  AlertSettings settings_;
};

}  // namespace astray::watch
