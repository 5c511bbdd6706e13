#pragma once
// Which part of the whole matrix a round asks.
#include <cstdint>
#include <string>
#include <vector>

#include "probe/axes.h"

namespace astray::watch {

struct Window {
  std::vector<ProbeNode> nodes;  ///< with the names of this round alone
  Axes axes;
  uint64_t cells = 0;
  uint64_t cells_of_whole = 0;  ///< of every pair of names on every node
  /// Whether every name is asked in every round; pairs may still take turns.
  bool has_all_names = true;
};

/// What a round is chosen from. Borrowed.
struct WindowFrame {
  const std::vector<ProbeNode>& nodes;
  const Axes& axes;
  uint64_t most_cells;                    ///< of a round; at least one name is asked on each node all the same
  const std::vector<std::string>& first;  ///< names that take part whenever there is room for half of them
};

/// The window of a round: the same for the same number, so that a restart goes on where it was. Small matrices are
/// asked whole. Of larger ones all names' own answers are asked, and pairs take turns; of still larger ones names
/// take turns too, in an order that changes from turn to turn, so that any two of them meet in the end.
Window window_of(uint64_t round, const WindowFrame& frame);

}  // namespace astray::watch
