#pragma once
// Runs a plan: connections side by side, at most so many a second, each with its own time limit; cells come
// out in the order of the plan.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/loop.h"
#include "io/network.h"
#include "io/task.h"
#include "probe/assessor.h"
#include "probe/axes.h"
#include "probe/contact.h"

namespace astray {

struct ProbeOptions {
  ContactSettings contact;
  size_t concurrency = 1024;           ///< connections at a time, over all nodes
  size_t per_node = 6;                 ///< of them to one node; one while it does not answer
  double connections_per_second = 20;  ///< to one node; 0: no limit
};

struct ProbeProgress {
  uint64_t cells_done = 0, cells = 0, failed = 0;
};

/// `stop` is asked between connections: true ends the run early, and the summary says so.
struct ProbeRun {
  const Plan& plan;
  const ProbeOptions& options;
  Assessor& assessor;
  CellSink& sink;
  std::function<void(const ProbeProgress&)> progress;
  std::function<bool()> stop;
};

/// Asks every node at once, each in the order of its part of the plan, and hands the cells of a node to the
/// sink in that order. A node goes on to what is no baseline when every node's baselines are known, but waits
/// for none that says nothing. A node that does not answer so many connections in a row is given up: its
/// other cells say so.
/// The summary is handed to the sink too.
Task<ProbeSummary> run_probe(Loop& loop, Network& network, ProbeRun run);

}  // namespace astray
