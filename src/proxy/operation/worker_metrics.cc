#include "proxy/operation/worker_metrics.h"

#include "base/check.h"

namespace astray::proxy {

WorkerMetrics::~WorkerMetrics() {
  for (const auto& back : backs_) delete back.load(std::memory_order_relaxed);
}

void WorkerMetrics::judged(Answer answer, Reason reason) {
  const auto at = static_cast<size_t>(reason);
  if (answer == Answer::misdirected) misdirected_[at].add();
  if (answer == Answer::bad_request) bad_requests_[at].add();
  if (answer == Answer::serve && reason == Reason::coalesced) coalesced_.add();
}

void WorkerMetrics::request_ended(Protocol protocol, int status, Duration duration) {
  const int status_class = status >= 100 && status < 600 ? status / 100 : 0;
  requests_[static_cast<size_t>(protocol)][static_cast<size_t>(status_class)].add();
  request_durations_.observe(duration);
}

void WorkerMetrics::back_answered(BackSlot back, Duration duration) {
  BackMetrics& counters = of(back);
  counters.answered.add();
  counters.durations.observe(duration);
}

BackMetrics& WorkerMetrics::of(BackSlot back) {
  const auto at = static_cast<size_t>(back);
  CHECK(at < backs_.size());
  BackMetrics* counters = backs_[at].load(std::memory_order_relaxed);
  if (counters == nullptr) {
    counters = new BackMetrics;
    backs_[at].store(counters, std::memory_order_release);
  }
  return *counters;
}

}  // namespace astray::proxy
