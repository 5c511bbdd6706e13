#pragma once
// From what nodes answered to what it means. Fed in the order of the plan, so that a name's own answer (its
// baseline) is known before anything is held against it. Keeps a few dozen bytes a cell at most.
#include <memory>
#include <vector>

#include "probe/predictor.h"
#include "probe/summary.h"

namespace astray {

/// What the network said about the names, needed for the coalescing outlook.
struct ResolvedName {
  std::string name;
  std::vector<IpAddress> addresses;
};

class Assessor {
 public:
  /// `predictor` may be null (no --against).
  Assessor(std::vector<ProbeNode> nodes, std::vector<ResolvedName> names, const Predictor* predictor,
           std::vector<const ClientProfile*> clients);
  ~Assessor();

  /// The next cell of the plan. Borrows both questions for the lifetime of the cell. Nodes may take turns, as
  /// long as the cells of each come in the order of the plan; then `id` says which cell it is (evidence of
  /// findings goes by it). 0: the number after the last one.
  ProbeCell assess(const ConnectionQuestion& connection, const RequestQuestion& request, Observation seen,
                   uint64_t id = 0);
  /// After the last cell, once: outlook, parity, drift and findings.
  ProbeSummary summarize();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace astray
