#include "probe/prober.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "io/deadline.h"
#include "io/semaphore.h"
#include "io/wait_queue.h"
#include "probe/node_run.h"

namespace astray {
namespace {

/// How long a node may say nothing before the others no longer wait for its baselines.
constexpr Duration lagging_after = std::chrono::seconds(1);

/// One node, and the number of the cell that it delivered last.
struct Node {
  uint64_t last_cell = 0;
  std::unique_ptr<NodeRun> run;
  std::optional<Plan::Part> baselines, rest;
};

/// Keeps the cells of the rest of the plan from being judged until all nodes have answered their baselines,
/// which answers of other nodes are held against. Asking goes on meanwhile, and a node that says nothing for
/// a while does not hold up the others.
class BaselineGate {
 public:
  BaselineGate(Loop& loop, const std::vector<Node>& nodes, Duration patience)
      : loop_(loop),
        nodes_(nodes),
        patience_(patience),
        began_(loop.now()),
        is_over_(nodes.size(), false),
        left_(nodes.size()),
        all_over_(loop),
        open_(loop),
        always_open_(loop, Gate::State::open) {}

  void baselines_over(size_t node) {
    is_over_[node] = true;
    if (--left_ == 0) all_over_.open();
  }
  Gate& open_at_once() { return always_open_; }
  Gate& open_in_the_end() { return open_; }
  /// Ends when nobody is left to wait for.
  Task<void> open_in_time() {
    while (left_ > 0) {
      const MonotonicTime until = last_sign_of_life() + patience_;
      if (until <= loop_.now()) break;
      Task<void> all_over = all_over_.pass();
      (void)co_await with_deadline(loop_, std::move(all_over), until);
    }
    open_.open();
  }

 private:
  /// Of those that are still waited for.
  MonotonicTime last_sign_of_life() const {
    MonotonicTime last = began_;
    for (size_t i = 0; i < nodes_.size(); ++i) {
      if (!is_over_[i]) last = std::max(last, nodes_[i].run->last_answer().value_or(began_));
    }
    return last;
  }

  Loop& loop_;
  const std::vector<Node>& nodes_;
  Duration patience_;
  MonotonicTime began_;
  std::vector<bool> is_over_;
  size_t left_;
  Gate all_over_, open_, always_open_;
};

Task<void> ask_part(const Plan& plan, Node& node, const std::optional<Plan::Part>& part, Gate& delivery) {
  if (!part) co_return;
  node.last_cell = part->cells_before;
  co_await node.run->run(plan, *part, delivery);
}

Task<void> ask_node(const Plan& plan, Node& node, size_t index, BaselineGate& gate) {
  co_await ask_part(plan, node, node.baselines, gate.open_at_once());
  gate.baselines_over(index);
  co_await ask_part(plan, node, node.rest, gate.open_in_the_end());
}

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
  for (const Plan::Part& part : run.plan.parts()) {
    Node& node = nodes[part.node];
    (part.phase == Plan::Phase::baselines ? node.baselines : node.rest) = part;
  }

  // A slow pace is no silence.
  const Duration pause = pace.connections_per_second > 0
                             ? Duration(static_cast<int64_t>(1e9 / pace.connections_per_second))
                             : Duration::zero();
  BaselineGate gate(loop, nodes, lagging_after + 2 * pause);
  TaskGroup running(loop, std::max<size_t>(1, nodes.size()));
  for (size_t i = 0; i < nodes.size(); ++i) {
    Task<void> asking = ask_node(run.plan, nodes[i], i, gate);
    co_await running.start(std::move(asking));
  }
  co_await gate.open_in_time();
  co_await running.all_ended();

  ProbeSummary summary = run.assessor.summarize();
  summary.connections = contacts.opened();
  summary.took = loop.now() - began;
  summary.interrupted = progress.cells_done < progress.cells;
  run.sink.finish(summary);
  co_return summary;
}

}  // namespace astray
