#pragma once
// What second answers, time and the settings make of the problems of a round.
#include <optional>
#include <span>
#include <vector>

#include "watch/detection/detector.h"

namespace astray::watch {

/// What a second answer tells of a problem.
enum class Second : uint8_t { nothing, still_wrong, well };
Second second_answer(const Problem& problem, Suspicion::Asks asks, const CellAnswer& in_round,
                     const CellAnswer& second);

/// What the second answers, time and the settings make of the round's problems.
class Settlement {
 public:
  Settlement(RoundRecord& round, const AlertSettings& settings) : round_(round), settings_(settings) {}
  void settle(std::span<const Suspicion> suspicions, std::span<const std::optional<CellAnswer>> confirmed);

 private:
  struct Tally {
    size_t wrong = 0, well = 0;          ///< of those that ask whether it is still wrong
    size_t all_asked = 0, all_well = 0;  ///< of those that ask whether all is well
    std::vector<CellKey> well_nodes, well_names;
  };
  static void count(Tally& tally, const Suspicion& suspicion, Second second);
  /// Takes out nodes and names that a second answer showed well.
  static void forget_mended(Problem& problem, const Tally& tally);
  void settle_seen(Problem& problem, const Tally& tally);
  void settle_missing(Problem& problem, const Tally& tally);
  void end(Problem& problem, ProblemState state);
  void tell(const Problem& problem, ProblemStep step);
  bool is_acceptable(const Problem& problem) const;

  RoundRecord& round_;
  const AlertSettings& settings_;
};

}  // namespace astray::watch
