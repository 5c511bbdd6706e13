#include "watch/outlets/metrics_outlet.h"

#include <map>
#include <tuple>

#include "web/process_metrics.h"
#include "web/prometheus_text.h"

namespace astray::watch {
namespace {

using web::PrometheusText;
using Type = PrometheusText::Type;

double as_number(uint64_t count) {
  return static_cast<double>(count);
}

void append_baselines(PrometheusText& text, const MetricsMemory& memory) {
  text.family("astray_probe_success", Type::gauge,
              "Whether the name's own answer came from the node when it was last asked.");
  for (const auto& [key, baseline] : memory.baselines())
    text.sample({{"node", key.node}, {"name", key.name}}, uint64_t{baseline.success ? 1U : 0U});
  text.family("astray_probe_duration_seconds", Type::histogram,
              "How long the cells of a node took, connecting included.");
  for (const auto& [name, node] : memory.nodes()) text.sample({{"node", name}}, node.durations);
  text.family("astray_node_answers", Type::gauge, "Whether the node answered anything in the last round.");
  for (const auto& [name, node] : memory.nodes())
    text.sample({{"node", name}}, uint64_t{node.answers ? 1U : 0U});
}

void append_pairs(PrometheusText& text, const MetricsMemory& memory) {
  text.family("astray_pair_verdict", Type::gauge,
              "1 for each pair of names (SNI, authority) that was misdirected when it was last asked.");
  for (const auto& [pair, verdict] : memory.bad_pairs())
    text.sample({{"node", pair.node}, {"from", pair.from}, {"to", pair.to}, {"verdict", to_string(verdict)}},
                uint64_t{1});
}

/// Gives how many names found no room.
uint64_t append_divergence(PrometheusText& text, const MetricsMemory& memory) {
  const std::map<std::string, uint64_t> divergences = memory.divergences();
  text.gauge("astray_parity_divergent_names", "Names whose nodes do not all answer alike.",
             as_number(divergences.size()));
  text.family("astray_parity_divergence", Type::gauge,
              "Nodes that answer otherwise than most nodes of the name; names without any are left out.");
  uint64_t shown = 0;
  for (const auto& [name, nodes] : divergences) {
    if (shown == memory.limits().names) break;
    text.sample({{"name", name}}, nodes);
    ++shown;
  }
  return divergences.size() - shown;
}

void append_certificates(PrometheusText& text, const MetricsMemory& memory) {
  constexpr size_t shown_digits = 16;
  text.family("astray_certificate_not_after_timestamp_seconds", Type::gauge,
              "When a certificate that some name was answered with expires.");
  for (const auto& [fingerprint, certificate] : memory.certificates())
    text.sample(
        {{"certificate", std::string_view(fingerprint).substr(0, shown_digits)}, {"name", certificate.name}},
        static_cast<double>(certificate.not_after.unix_seconds));
}

void append_left_out(PrometheusText& text, const MetricsMemory& memory, uint64_t divergent_names) {
  const MetricsMemory::LeftOut& left_out = memory.left_out();
  text.family("astray_metrics_series_left_out", Type::gauge,
              "Series of the family that the last round would have had beyond the limit.");
  text.sample({{"family", "astray_probe_success"}}, left_out.baselines);
  text.sample({{"family", "astray_pair_verdict"}}, left_out.pairs);
  text.sample({{"family", "astray_parity_divergence"}}, divergent_names);
  text.sample({{"family", "astray_certificate_not_after_timestamp_seconds"}}, left_out.certificates);
  text.sample({{"family", "astray_node_answers"}}, left_out.nodes);
  text.sample({{"family", "astray_refusals_logged_total"}}, left_out.logs);
}

/// Every combination, so that a rule compares with 0 and not with absence.
void append_problems(PrometheusText& text, const WatchState& state, const MetricsMemory& memory) {
  std::map<std::tuple<ProblemKind, Severity, ProblemState>, uint64_t> counts;
  for (const Problem& problem : state.problems) ++counts[{problem.kind, problem.severity, problem.state}];
  text.family("astray_problems", Type::gauge, "Problems at the moment, suspected and open ones.");
  for (auto kind = ProblemKind::watcher_impaired; kind <= ProblemKind::refusals_rising;
       kind = static_cast<ProblemKind>(static_cast<int>(kind) + 1)) {
    for (const Severity severity : {Severity::info, Severity::warning, Severity::error}) {
      for (const ProblemState life : {ProblemState::suspected, ProblemState::open}) {
        const auto found = counts.find({kind, severity, life});
        text.sample(
            {{"kind", to_string(kind)}, {"severity", to_string(severity)}, {"state", to_string(life)}},
            found == counts.end() ? uint64_t{0} : found->second);
      }
    }
  }
  text.family("astray_problem_events_total", Type::counter, "What people were told of problems.");
  for (size_t step = 0; step < memory.events().size(); ++step)
    text.sample({{"step", to_string(static_cast<ProblemStep>(step))}}, memory.events()[step]);
  text.counter("astray_drift_events_total", "Answers that began to differ from the configuration.",
               state.drift_events);
  text.family("astray_refusals_logged_total", Type::counter, "421s that the logs of a host told.");
  for (const auto& [node, count] : memory.refusals()) text.sample({{"node", node}}, count);
}

void append_last_round(PrometheusText& text, const RoundRecord& round) {
  text.gauge("astray_watch_last_round_timestamp_seconds", "When the last round began.",
             static_cast<double>(round.began.unix_seconds));
  text.gauge("astray_watch_last_round_duration_seconds", "How long the last round took.",
             static_cast<double>(round.took.count()) / 1e9);
  text.gauge("astray_watch_matrix_cells", "Cells of the whole matrix; a round asks some of them.",
             as_number(round.cells_of_whole));
  std::map<CellVerdict, uint64_t> counts;
  for (const CellRecord& cell : round.answers) ++counts[cell.answer.verdict];
  text.family("astray_watch_round_cells", Type::gauge, "Cells of the last round, by what they mean.");
  for (auto verdict = CellVerdict::own; verdict <= CellVerdict::could_not_tell;
       verdict = static_cast<CellVerdict>(static_cast<int>(verdict) + 1))
    text.sample({{"verdict", to_string(verdict)}}, counts[verdict]);
}

void append_watcher(PrometheusText& text, const WatchState& state, const MetricsMemory& memory) {
  text.counter("astray_watch_rounds_total", "Rounds that ended.", state.rounds);
  text.counter("astray_watch_cells_total", "Cells that were asked.", state.cells);
  text.counter("astray_watch_cells_failed_total", "Cells that got no answer.", memory.cells_failed());
  text.gauge("astray_watch_nodes", "Nodes that are watched.", as_number(state.nodes.size()));
  text.gauge("astray_watch_names", "Names that are watched.", as_number(state.names.size()));
  text.gauge("astray_watch_troubles", "Troubles of the watcher itself; its page tells them.",
             as_number(state.troubles.size()));
  if (state.last_round) append_last_round(text, *state.last_round);
}

void append_outlets(PrometheusText& text, std::span<const std::unique_ptr<Outlet>> outlets) {
  struct Family {
    std::string_view name, help;
    uint64_t OutletFigures::*value;
  };
  constexpr Family families[] = {
      {"astray_outlet_delivered_total", "Events or rounds that the receiver has acknowledged.",
       &OutletFigures::delivered},
      {"astray_outlet_failures_total", "Attempts that brought no acknowledgement.", &OutletFigures::failures},
      {"astray_outlet_refused_total", "Events or rounds that the receiver will never take.",
       &OutletFigures::refused},
  };
  text.family("astray_outlet_trouble", Type::gauge, "1 while something keeps the outlet from sending.");
  for (const auto& outlet : outlets)
    text.sample({{"outlet", outlet->name()}}, uint64_t{outlet->trouble() ? 1U : 0U});
  for (const Family& family : families) {
    text.family(family.name, Type::counter, family.help);
    for (const auto& outlet : outlets)
      text.sample({{"outlet", outlet->name()}}, outlet->figures().*family.value);
  }
  text.family("astray_outlet_waiting_since_timestamp_seconds", Type::gauge,
              "Since when the oldest waits that is not delivered; absent while nothing waits.");
  for (const auto& outlet : outlets) {
    if (const std::optional<Instant> since = outlet->figures().waiting_since)
      text.sample({{"outlet", outlet->name()}}, static_cast<double>(since->unix_seconds));
  }
}

}  // namespace

std::string MetricsOutlet::text(const WatchState& state, std::span<const std::unique_ptr<Outlet>> outlets,
                                const web::ProcessFacts& process) const {
  std::string out;
  PrometheusText text(out);
  text.family("astray_build_info", Type::gauge, "The version of the program, in its label.");
  text.sample({{"version", state.version}}, uint64_t{1});
  append_baselines(text, memory_);
  append_pairs(text, memory_);
  const uint64_t divergent_left_out = append_divergence(text, memory_);
  append_certificates(text, memory_);
  append_problems(text, state, memory_);
  append_watcher(text, state, memory_);
  append_outlets(text, outlets);
  append_left_out(text, memory_, divergent_left_out);
  web::append_process_metrics(text, process);
  return out;
}

}  // namespace astray::watch
