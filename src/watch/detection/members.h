#pragma once
// The single places of a problem: which of them the round found well.
#include <vector>

#include "watch/detection/folding.h"

namespace astray::watch {

/// Adds the questions that tell whether the problem, or a part of it, is at an end. `shown` is its fold of
/// this round; null when it does not show. True when the round asked for all that is left of it and found it
/// well.
bool ask_for_mended(const RoundView& view, const Folds& folds, const Fold* shown, const Problem& problem,
                    std::vector<Suspicion>& suspicions);

}  // namespace astray::watch
