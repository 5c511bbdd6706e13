#pragma once
// Where the boxes of a drawn topology stand: clients at the left, each tier right of all that lead to it.
#include <cstddef>
#include <string>
#include <vector>

#include "audit/tiers.h"

namespace astray {

struct TopologyLayout {
  /// In pixels, from the top left corner.
  struct Box {
    double x = 0, y = 0, width = 250, height = 74;
    double middle() const { return y + height / 2; }
    double right() const { return x + width; }
  };
  Box clients;
  std::vector<Box> tiers;            ///< by index of Tiers::tiers
  std::vector<std::string> outside;  ///< addresses that no configuration listens at, each once
  std::vector<Box> outside_boxes;    ///< of these
  std::vector<double> arrivals;      ///< of each way: where it meets its end's left side, from the top
  double width = 0, height = 0;      ///< of the whole

  const Box& end_of(const Tiers::Way& way) const;
};

/// Ways in a circle do not move boxes further right.
TopologyLayout lay_out(const Tiers& tiers);

}  // namespace astray
