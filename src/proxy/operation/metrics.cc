#include "proxy/operation/metrics.h"

#include <algorithm>

#include "web/process_metrics.h"
#include "web/prometheus_text.h"

namespace astray::proxy {
namespace {

using web::DurationCounts, web::PrometheusText;
using Type = PrometheusText::Type;

/// What backs beyond the limit are called together; no label of a configuration has parentheses.
constexpr std::string_view other_backs = "(other)";
constexpr std::string_view status_class_words[] = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};

void append_state(PrometheusText& text, const MetricsState& state) {
  text.family("astray_gateway_build_info", Type::gauge, "The version of the program, in its label.");
  text.sample({{"version", state.version}}, uint64_t{1});
  text.gauge("astray_gateway_draining", "1 while the gateway ends and takes no more connections.",
             state.serving == MetricsState::Serving::draining ? 1 : 0);
  text.gauge("astray_gateway_configuration_generation", "Which configuration since the start is in use.",
             static_cast<double>(state.generation));
  text.family("astray_gateway_configuration_reloads_total", Type::counter,
              "Attempts to take up a configuration.");
  text.sample({{"outcome", "done"}}, state.reloads_done);
  text.sample({{"outcome", "failed"}}, state.reloads_failed);
  if (state.last_reload_seconds)
    text.gauge("astray_gateway_configuration_last_reload_success_timestamp_seconds",
               "When the configuration in use was taken up.", *state.last_reload_seconds);
  text.counter("astray_gateway_log_lines_total", "Lines that the access log took.", state.log.written);
  text.counter("astray_gateway_log_lines_dropped_total", "Lines that the access log could not take.",
               state.log.dropped);
  text.counter("astray_gateway_log_failures_total", "Writes and openings of the access log that failed.",
               state.log.failures);
}

}  // namespace

Metrics::Metrics(size_t workers) : workers_(workers) {}

BackSlot Metrics::slot_of(std::string_view back_label) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(back_labels_, back_label);
  const auto slot = static_cast<size_t>(found - back_labels_.begin());
  if (slot >= most_back_slots) return BackSlot{most_back_slots};
  if (found == back_labels_.end()) back_labels_.emplace_back(back_label);
  return BackSlot{static_cast<uint16_t>(slot)};
}

std::vector<std::string> Metrics::back_labels() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> labels = back_labels_;
  if (labels.size() == most_back_slots) labels.emplace_back(other_backs);
  return labels;
}

template <typename Read>
uint64_t Metrics::sum(Read read) const {
  uint64_t total = 0;
  for (const WorkerMetrics& worker : workers_) total += read(worker).value();
  return total;
}

template <typename Read>
uint64_t Metrics::sum_of_back(BackSlot back, Read read) const {
  uint64_t total = 0;
  for (const WorkerMetrics& worker : workers_)
    if (const BackMetrics* counters = worker.find(back)) total += read(*counters).value();
  return total;
}

void Metrics::append_text(std::string& out, const MetricsState& state) const {
  PrometheusText text(out);
  append_state(text, state);
  append_connections(text);
  append_handshakes(text);
  append_requests(text);
  append_backs(text);
  web::append_process_metrics(text, state.process);
}

void Metrics::append_connections(PrometheusText& text) const {
  // In this order, since whoever was closed by now was opened by then.
  const uint64_t closed = sum([](const WorkerMetrics& w) -> auto& { return w.connections_closed_; });
  const uint64_t opened = sum([](const WorkerMetrics& w) -> auto& { return w.connections_opened_; });
  text.counter("astray_gateway_connections_total", "Connections that clients opened.", opened);
  text.gauge("astray_gateway_connections_open", "Connections of clients at the moment.",
             static_cast<double>(opened - std::min(opened, closed)));
}

void Metrics::append_handshakes(PrometheusText& text) const {
  text.family("astray_gateway_handshakes_total", Type::counter,
              "TLS handshakes with clients, by version, resumption and outcome.");
  for (size_t version = 0; version < tls_versions; ++version)
    for (size_t session = 0; session < 2; ++session) {
      const uint64_t count =
          sum([&](const WorkerMetrics& w) -> auto& { return w.handshakes_done_[version][session]; });
      const auto known = static_cast<tls::Version>(version);
      if (count == 0 && known < tls::Version::tls1_2) continue;  // versions that are off anyway
      text.sample(
          {{"version", to_string(known)}, {"resumed", session == 1 ? "true" : "false"}, {"outcome", "done"}},
          count);
    }
  for (size_t kind = 0; kind < tls_failures; ++kind)
    text.sample({{"version", "none"},
                 {"resumed", "false"},
                 {"outcome", to_string(static_cast<tls::FailureKind>(kind))}},
                sum([&](const WorkerMetrics& w) -> auto& { return w.handshakes_failed_[kind]; }));
  text.sample({{"version", "none"}, {"resumed", "false"}, {"outcome", "timed_out"}},
              sum([](const WorkerMetrics& w) -> auto& { return w.handshakes_timed_out_; }));
}

void Metrics::append_requests(PrometheusText& text) const {
  text.family("astray_gateway_requests_total", Type::counter,
              "Requests that ended, by the class of their status.");
  for (const Protocol protocol : {Protocol::h1, Protocol::h2})
    for (size_t status_class = 0; status_class < status_classes; ++status_class)
      text.sample({{"protocol", to_string(protocol)}, {"status_class", status_class_words[status_class]}},
                  sum([&](const WorkerMetrics& w) -> auto& {
                    return w.requests_[static_cast<size_t>(protocol)][status_class];
                  }));
  text.family("astray_gateway_misdirected_total", Type::counter,
              "Requests that were answered 421, by reason.");
  for (const ReasonInfo& row : all_reasons())
    if (row.group == ReasonGroup::misdirected)
      text.sample({{"reason", row.id}}, sum([&](const WorkerMetrics& w) -> auto& {
                    return w.misdirected_[static_cast<size_t>(row.reason)];
                  }));
  text.family("astray_gateway_bad_requests_total", Type::counter,
              "Requests that were answered 400 for their authority, by reason.");
  for (const ReasonInfo& row : all_reasons())
    if (row.group == ReasonGroup::bad_request)
      text.sample({{"reason", row.id}}, sum([&](const WorkerMetrics& w) -> auto& {
                    return w.bad_requests_[static_cast<size_t>(row.reason)];
                  }));
  text.counter("astray_gateway_coalesced_requests_total",
               "Requests served on a connection that was made for another name.",
               sum([](const WorkerMetrics& w) -> auto& { return w.coalesced_; }));
  DurationCounts durations;
  for (const WorkerMetrics& worker : workers_) worker.request_durations_.add_to(durations);
  text.family("astray_gateway_request_duration_seconds", Type::histogram,
              "From a request's head to the end of its response.");
  text.sample({}, durations);
}

void Metrics::append_backs(PrometheusText& text) const {
  const std::vector<std::string> labels = back_labels();
  const auto for_each_back = [&](auto append) {
    for (size_t slot = 0; slot < labels.size(); ++slot)
      append(std::string_view(labels[slot]), BackSlot(slot));
  };
  constexpr std::string_view event_words[] = {"opened", "failed", "closed"};
  text.family("astray_gateway_back_connections_total", Type::counter, "What became of connections to backs.");
  for_each_back([&](std::string_view label, BackSlot slot) {
    for (size_t event = 0; event < std::size(event_words); ++event)
      text.sample({{"back", label}, {"event", event_words[event]}},
                  sum_of_back(
                      slot, [&](const BackMetrics& b) -> auto& { return b.connections[event]; }));
  });
  text.family("astray_gateway_back_requests_total", Type::counter,
              "Requests to backs, by what came of them.");
  for_each_back([&](std::string_view label, BackSlot slot) {
    text.sample({{"back", label}, {"outcome", "answered"}},
                sum_of_back(
                    slot, [](const BackMetrics& b) -> auto& { return b.answered; }));
    for (size_t kind = 0; kind < back_failures; ++kind)
      text.sample({{"back", label}, {"outcome", to_string(static_cast<BackFailure::Kind>(kind))}},
                  sum_of_back(
                      slot, [&](const BackMetrics& b) -> auto& { return b.failed[kind]; }));
  });
  text.family("astray_gateway_back_retries_after_421_total", Type::counter,
              "Requests that a back answered 421 and that were sent again on a connection of their own.");
  for_each_back([&](std::string_view label, BackSlot slot) {
    text.sample({{"back", label}},
                sum_of_back(
                    slot, [](const BackMetrics& b) -> auto& { return b.retries_after_421; }));
  });
  text.family("astray_gateway_back_duration_seconds", Type::histogram,
              "From a request to a back to the head of its answer.");
  for_each_back([&](std::string_view label, BackSlot slot) {
    DurationCounts durations;
    for (const WorkerMetrics& worker : workers_)
      if (const BackMetrics* counters = worker.find(slot)) counters->durations.add_to(durations);
    text.sample({{"back", label}}, durations);
  });
}

}  // namespace astray::proxy
