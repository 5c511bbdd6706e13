#include "probe/prober.h"

#include <memory>
#include <vector>

#include "io/semaphore.h"
#include "probe/node_run.h"

namespace astray {
namespace {

/// One node, and the number of the cell that it delivered last.
struct Node {
  uint64_t last_cell = 0;
  std::unique_ptr<NodeRun> run;
};

}  // namespace

Task<ProbeSummary> run_probe(Loop& loop, Network& network, ProbeRun run) {
  const MonotonicTime began = loop.now();
  Contacts contacts(loop, network, run.options.contact);
  Semaphore permits(loop, run.options.concurrency);
  ProbeProgress progress{0, run.plan.cells(), 0};
  const NodePace pace{run.options.per_node, run.options.connections_per_second};

  std::vector<Node> nodes(run.plan.nodes().size());
  for (Node& node : nodes) {
    const auto deliver = [&run, &node, &progress](const ConnectionQuestion& connection,
                                                  const RequestQuestion& request, Observation&& seen) {
      ++progress.cells_done;
      if (seen.failure != ProbeFailure::none) ++progress.failed;
      ProbeCell cell = run.assessor.assess(connection, request, std::move(seen), ++node.last_cell);
      run.sink.cell(cell);
      if (run.progress) run.progress(progress);
    };
    const auto stop = [&run] { return run.stop && run.stop(); };
    node.run = std::make_unique<NodeRun>(contacts, permits, pace, deliver, stop);
  }
  for (const Plan::Phase phase : {Plan::Phase::baselines, Plan::Phase::rest}) {
    TaskGroup running(loop, std::max<size_t>(1, nodes.size()));
    for (const Plan::Part& part : run.plan.parts()) {
      if (part.phase != phase) continue;
      Node& node = nodes[part.node];
      node.last_cell = part.cells_before;
      Task<void> asking = node.run->run(run.plan, part);
      co_await running.start(std::move(asking));
    }
    co_await running.all_ended();
  }

  ProbeSummary summary = run.assessor.summarize();
  summary.connections = contacts.opened();
  summary.took = loop.now() - began;
  summary.interrupted = progress.cells_done < progress.cells;
  run.sink.finish(summary);
  co_return summary;
}

}  // namespace astray
