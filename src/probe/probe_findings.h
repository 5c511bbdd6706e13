#pragma once
// Findings of one kind and cause become one, so that a run of many cells tells each thing once.
#include <array>
#include <string>
#include <unordered_map>
#include <vector>

#include "probe/summary.h"

namespace astray {

class ProbeFindings {
 public:
  /// What is kept of one kind; the rest is counted.
  static constexpr size_t most_of_a_kind = 200;
  static constexpr size_t most_cells = 10;

  /// `cause`: findings of equal kind, severity and cause become one; the first one's words stand for all.
  /// Null when there are too many already.
  ProbeFinding* add(ProbeFinding finding, const std::string& cause);
  /// One more cell that shows it.
  static void add_evidence(ProbeFinding& finding, const std::string& node, uint64_t cell);

  /// Errors first, then by kind, in the order they came up. Says in `notes` what was not kept.
  std::vector<ProbeFinding> finish(std::vector<std::string>& notes);

 private:
  std::vector<ProbeFinding> findings_;
  std::unordered_map<std::string, size_t> by_cause_;
  std::array<size_t, 16> kept_{}, dropped_{};
};

}  // namespace astray
