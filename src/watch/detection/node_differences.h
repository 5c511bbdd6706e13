#pragma once
#include "watch/detection/symptom.h"

namespace astray::watch {

/// Nodes that answer a name's own question differently when one of them is asked for the first time, and as
/// long as they do. What the other symptoms tell is not told again: so it is to be called after those that
/// find them.
void find_node_differences(const RoundView& view, Symptoms& symptoms);

/// Whether the problem is one of these; it does not say which node is right.
bool is_node_difference(const Problem& problem);
bool is_difference_in(const Problem& problem, Aspect aspect);

}  // namespace astray::watch
