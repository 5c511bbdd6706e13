#pragma once
// Runs a plan: connections side by side, at most so many a second, each with its own time limit; cells come
// out in the order of the plan.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/network.h"
#include "io/task.h"
#include "probe/assessor.h"
#include "probe/axes.h"
#include "tls/engine/tls_client.h"

namespace astray {

struct ProbeOptions {
  Duration timeout =
      std::chrono::seconds(10);  ///< of one cell: from connect, or from its request on a reused connection
  size_t concurrency = 16;       ///< connections at a time
  size_t per_node = 6;           ///< of them to one node
  double connections_per_second = 50;  ///< 0: no limit
  uint64_t body_limit = 64 * 1024;     ///< bytes of a body that are read; the rest is not waited for
  std::vector<TlsClientCertificate> client_certificates;
};

struct ProbeProgress {
  uint64_t cells_done = 0, cells = 0, failed = 0;
};

class Loop;

/// `stop` is asked between connections: true ends the run early, and the summary says so.
struct ProbeRun {
  const Plan& plan;
  const ProbeOptions& options;
  Assessor& assessor;
  CellSink& sink;
  std::function<void(const ProbeProgress&)> progress;
  std::function<bool()> stop;
};

/// Sends everything, hands every cell and at the end the summary to the sink. Fails only when nothing can be
/// sent at all (the TLS library refuses a setting).
Task<Result<ProbeSummary>> run_probe(Loop& loop, Network& network, ProbeRun run);

}  // namespace astray
