#include "watch/rounds/asker.h"

namespace astray::watch {

Task<ProbeSummary> NetworkAsker::ask(ProbeRun run) {
  return run_probe(loop_, network_, std::move(run));
}

}  // namespace astray::watch
