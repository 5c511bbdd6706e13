#pragma once
#include <memory>
#include <span>
#include <string>

#include "io/wait_queue.h"
#include "watch/outlets/metrics_memory.h"
#include "watch/outlets/outlet.h"
#include "watch/state.h"
#include "web/process_facts.h"

namespace astray::watch {

/// What GET /metrics answers (docs/watch-metrics.md). Prometheus fetches it, so that nothing is ever sent.
class MetricsOutlet final : public Outlet {
 public:
  explicit MetricsOutlet(Loop& loop, MetricLimits limits = {}) : memory_(limits), never_(loop) {}

  const std::string& name() const override { return name_; }
  void offer(const std::shared_ptr<const RoundRecord>& round) override { memory_.take(*round); }
  Task<void> run() override { return never_.pass(); }
  std::optional<std::string> trouble() const override { return std::nullopt; }

  /// The text exposition format, web::PrometheusText::content_type. `outlets`: all of them.
  std::string text(const WatchState& state, std::span<const std::unique_ptr<Outlet>> outlets,
                   const web::ProcessFacts& process) const;

 private:
  std::string name_ = "metrics";
  MetricsMemory memory_;
  Gate never_;
};

}  // namespace astray::watch
