#include "probe/probe_findings.h"

#include <fmt/format.h>

#include <algorithm>

namespace astray {

ProbeFinding* ProbeFindings::add(ProbeFinding finding, const std::string& cause) {
  const auto kind = static_cast<size_t>(finding.kind);
  const std::string key = fmt::format("{} {} {}", kind, static_cast<int>(finding.severity), cause);
  const auto found = by_cause_.find(key);
  if (found != by_cause_.end()) return &findings_[found->second];
  if (kept_.at(kind) == most_of_a_kind) {
    ++dropped_.at(kind);
    return nullptr;
  }
  ++kept_.at(kind);
  by_cause_.emplace(key, findings_.size());
  findings_.push_back(std::move(finding));
  return &findings_.back();
}

void ProbeFindings::add_evidence(ProbeFinding& finding, const std::string& node, uint64_t cell) {
  if (!node.empty() && std::find(finding.nodes.begin(), finding.nodes.end(), node) == finding.nodes.end())
    finding.nodes.push_back(node);
  if (cell == 0) return;
  ++finding.cell_count;
  if (finding.cells.size() < most_cells) finding.cells.push_back(cell);
}

std::vector<ProbeFinding> ProbeFindings::finish(std::vector<std::string>& notes) {
  for (size_t kind = 0; kind < dropped_.size(); ++kind) {
    if (dropped_[kind] == 0) continue;
    notes.push_back(fmt::format("{} more cells of the kind {} are counted but not told one by one",
                                dropped_[kind], to_string(static_cast<ProbeFindingKind>(kind))));
  }
  std::stable_sort(findings_.begin(), findings_.end(), [](const ProbeFinding& a, const ProbeFinding& b) {
    if (a.severity != b.severity) return a.severity > b.severity;
    return a.kind < b.kind;
  });
  by_cause_.clear();
  return std::move(findings_);
}

}  // namespace astray
