#include "watch/detection/detector.h"

#include <algorithm>

#include "watch/detection/life.h"
#include "watch/detection/node_differences.h"
#include "watch/detection/settlement.h"

namespace astray::watch {

std::vector<Suspicion> Detector::detect(RoundRecord& round, const DetectionPast& past) const {
  const RoundView view(round, past);
  Symptoms symptoms;
  find_round_symptoms(view, settings_, symptoms);
  find_certificate_symptoms(view, settings_, symptoms);
  find_page_symptoms(view, symptoms);
  find_own_symptoms(view, symptoms);
  find_node_differences(view, symptoms);
  find_pair_symptoms(view, symptoms);
  CarriedOn carried = carry_on(view, fold(view, std::move(symptoms)));
  round.problems = std::move(carried.problems);
  round.events = std::move(carried.grown);
  if (carried.suspicions.size() > most_suspicions) carried.suspicions.resize(most_suspicions);
  return std::move(carried.suspicions);
}

void Detector::settle(RoundRecord& round, std::span<const Suspicion> suspicions,
                      std::span<const std::optional<CellAnswer>> confirmed) const {
  Settlement(round, settings_).settle(suspicions, confirmed);
}

}  // namespace astray::watch
