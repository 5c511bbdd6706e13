#include "probe/assessor.h"

namespace astray {

struct Assessor::State {
  uint64_t cells = 0;
  ProbeSummary summary;
};

Assessor::Assessor(std::vector<ProbeNode>, std::vector<ResolvedName>, const Predictor*,
                   std::vector<const ClientProfile*>)
    : state_(std::make_unique<State>()) {}
Assessor::~Assessor() = default;

ProbeCell Assessor::assess(const ConnectionQuestion& connection, const RequestQuestion& request,
                           Observation seen) {
  ProbeCell cell;
  cell.id = ++state_->cells;
  cell.connection = &connection;
  cell.request = &request;
  cell.seen = std::move(seen);
  if (cell.seen.failure != ProbeFailure::none) cell.verdict = CellVerdict::failed;
  ++state_->summary.cells;
  ++state_->summary.by_verdict[static_cast<size_t>(cell.verdict)];
  return cell;
}

ProbeSummary Assessor::summarize() {
  return state_->summary;
}

}  // namespace astray
