#pragma once
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/operation/log_writer.h"
#include "proxy/operation/worker_metrics.h"
#include "web/process_facts.h"

namespace astray::web {
class PrometheusText;
}

namespace astray::proxy {

/// What is told beside the counters, as it is at the moment.
struct MetricsState {
  std::string version{};    ///< of the program
  uint64_t generation = 0;  ///< of the configuration, from 1
  uint64_t reloads_done = 0;
  uint64_t reloads_failed = 0;
  /// When the configuration that runs was taken up, in seconds since 1970-01-01T00:00:00Z.
  std::optional<double> last_reload_seconds{};
  enum class Serving : uint8_t { ready, draining } serving = Serving::ready;
  LogCounts log{};
  web::ProcessFacts process{};
};

/// The counters of all workers. Outlives them.
class Metrics {
 public:
  explicit Metrics(size_t workers);

  size_t workers() const { return workers_.size(); }
  WorkerMetrics& worker(size_t index) { return workers_[index]; }

  /// Any thread. The number of labels ever seen is bounded: see most_back_slots.
  BackSlot slot_of(std::string_view back_label);

  /// Any thread: appends all metrics in the text format 0.0.4 of Prometheus. Sums are taken one after the
  /// other, so that two of them may differ by what happens meanwhile.
  void append_text(std::string& out, const MetricsState& state) const;

 private:
  template <typename Read>
  uint64_t sum(Read read) const;
  template <typename Read>
  uint64_t sum_of_back(BackSlot back, Read read) const;
  std::vector<std::string> back_labels() const;

  void append_connections(web::PrometheusText& text) const;
  void append_handshakes(web::PrometheusText& text) const;
  void append_requests(web::PrometheusText& text) const;
  void append_backs(web::PrometheusText& text) const;

  std::deque<WorkerMetrics> workers_;
  mutable std::mutex mutex_;
  std::vector<std::string> back_labels_;  // by slot
};

}  // namespace astray::proxy
