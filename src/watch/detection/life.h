#pragma once
// From the first suspicion to the end of a problem.
#include <vector>

#include "watch/detection/folding.h"

namespace astray::watch {

struct CarriedOn {
  std::vector<Problem> problems;      ///< those that show, and those that there were
  std::vector<ProblemEvent> grown;    ///< open ones that reached nodes or names they had not
  std::vector<Suspicion> suspicions;  ///< what to ask again, to be sure
};

/// Problems that show in the round are made or brought up to date; of others it is told whether the round
/// asked for them at all.
CarriedOn carry_on(const RoundView& view, const Folds& folds);

}  // namespace astray::watch
