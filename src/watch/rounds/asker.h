#pragma once
#include <functional>

#include "io/network.h"
#include "probe/prober.h"

namespace astray::watch {

/// Who asks a plan's questions: the network, or in tests a world of a few lines.
class Asker {
 public:
  Asker() = default;
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;
  virtual ~Asker() = default;
  /// As run_probe().
  virtual Task<ProbeSummary> ask(ProbeRun run) = 0;
};

class NetworkAsker final : public Asker {
 public:
  NetworkAsker(Loop& loop, Network& network) : loop_(loop), network_(network) {}
  Task<ProbeSummary> ask(ProbeRun run) override;

 private:
  Loop& loop_;
  Network& network_;
};

}  // namespace astray::watch
