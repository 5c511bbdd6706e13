#pragma once
// A problem in words: what is wrong, why as far as the evidence tells, what to do.
#include <string>
#include <string_view>
#include <vector>

#include "watch/detection/folding.h"

namespace astray::watch {

/// What is wrong, with the nodes and names that the problem has now.
std::string sentence_of(const Problem& problem, const Symptom& symptom, const RoundView& view);
/// Why, and what to do: told when the problem begins, from the first symptom.
std::string cause_of(const Problem& problem, const Symptom& symptom, const RoundView& view);
std::string next_step_of(const Problem& problem, const Symptom& symptom, const RoundView& view);

/// `astray probe …`, asking this again.
std::string probe_command(const CellKey& key);
/// The first 16 digits.
std::string short_fingerprint(std::string_view fingerprint);
/// "a, b, c and 12 more".
std::string first_few(const std::vector<std::string>& texts);

}  // namespace astray::watch
