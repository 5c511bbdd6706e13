#pragma once
#include "proxy/operation/recent_refusals.h"
#include "proxy/operation/worker_log.h"
#include "proxy/operation/worker_metrics.h"

namespace astray::proxy {

/// Where one worker leaves what is known of a request that ended. What it is given outlives it.
class WorkerRecords {
 public:
  /// `log` null: no log is written. `worker` counts from 0, as for Metrics and RecentRefusals.
  WorkerRecords(size_t worker, WorkerMetrics& metrics, RecentRefusals& refusals, WorkerLog* log)
      : worker_(worker), metrics_(metrics), refusals_(refusals), log_(log) {}

  /// Once for each request, whatever its end.
  void request_ended(const gateway::LogRecord& record);

 private:
  size_t worker_;
  WorkerMetrics& metrics_;
  RecentRefusals& refusals_;
  WorkerLog* log_;
};

}  // namespace astray::proxy
