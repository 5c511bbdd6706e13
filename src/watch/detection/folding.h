#pragma once
// One fault of the world is one problem, in however many answers it shows.
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "watch/detection/symptom.h"

namespace astray::watch {

/// Symptoms of one cause.
struct Fold {
  ProblemKind kind = ProblemKind::verdict_changed;
  CauseKey key;
  /// Of DetectionPast::problems, when it is one that there was already.
  std::optional<size_t> known;
  Symptoms symptoms;                 ///< never empty; the first one names the problem
  std::vector<std::string> further;  ///< what else it shows in: weaker symptoms of the same node and name
  std::set<std::string> nodes, names;
  std::set<std::pair<std::string, std::string>> places;  ///< nodes and asked names of the symptoms
};

struct Folds {
  std::vector<Fold> all;
  /// Nodes and names whose own answers show something, and so prove nothing about another problem of theirs.
  std::set<std::pair<std::string, std::string>> troubled;
};

/// The strongest symptom of each node and name, put together where it is the same thing: on several nodes, or
/// for several names of one node.
Folds fold(const RoundView& view, Symptoms symptoms);

}  // namespace astray::watch
