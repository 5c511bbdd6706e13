#include "probe/prober.h"

#include <list>

#include "io/semaphore.h"
#include "probe/node_run.h"

namespace astray {
namespace {

/// One node with its part of the plan.
struct Part {
  Plan plan;
  uint64_t next_cell;  ///< id of the cell that is delivered next
  std::unique_ptr<NodeRun> run;
};

}  // namespace

Task<ProbeSummary> run_probe(Loop& loop, Network& network, ProbeRun run) {
  const MonotonicTime began = loop.now();
  Contacts contacts(loop, network, run.options.contact);
  Semaphore permits(loop, run.options.concurrency);
  ProbeProgress progress{0, run.plan.cells(), 0};
  const NodePace pace{run.options.per_node, run.options.connections_per_second};

  std::list<Part> parts;
  uint64_t cells_before = 0;
  TaskGroup nodes(loop, std::max<size_t>(1, run.plan.nodes().size()));
  for (const ProbeNode& node : run.plan.nodes()) {
    Part& part = parts.emplace_back(Part{Plan({node}, run.plan.axes()), cells_before + 1, nullptr});
    cells_before += part.plan.cells();
    const auto deliver = [&run, &part, &progress](const ConnectionQuestion& connection,
                                                  const RequestQuestion& request, Observation&& seen) {
      ++progress.cells_done;
      if (seen.failure != ProbeFailure::none) ++progress.failed;
      ProbeCell cell = run.assessor.assess(connection, request, std::move(seen));
      cell.id = part.next_cell++;
      run.sink.cell(cell);
      if (run.progress) run.progress(progress);
    };
    const auto stop = [&run] { return run.stop && run.stop(); };
    part.run = std::make_unique<NodeRun>(contacts, permits, part.plan, pace, deliver, stop);
    Task<void> running = part.run->run();
    co_await nodes.start(std::move(running));
  }
  co_await nodes.all_ended();

  ProbeSummary summary = run.assessor.summarize();
  summary.connections = contacts.opened();
  summary.took = loop.now() - began;
  summary.interrupted = progress.cells_done < progress.cells;
  run.sink.finish(summary);
  co_return summary;
}

}  // namespace astray
