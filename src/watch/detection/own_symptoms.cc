// What a name's own answer shows against what it was: client authentication, protocol, refusals, the rest.
#include <fmt/format.h>

#include <algorithm>

#include "watch/detection/reference.h"
#include "watch/detection/symptom.h"

namespace astray::watch {
namespace {

/// A symptom of the own answer that the record holds.
Symptom symptom_of(const RoundView& view, size_t record, ProblemKind kind) {
  Symptom symptom;
  symptom.kind = kind;
  symptom.node = view.record(record).key.node;
  symptom.to = std::string(view.subject(record).to);
  symptom.record = record;
  return symptom;
}

/// A difference between nodes that nobody has seen coming is one of parity.
void name_kind(Symptom& symptom, const Reference& reference) {
  const CellAnswer* expected = reference.expected(symptom.kind);
  if (expected != nullptr) symptom.expected = *expected;
  const Problem* problem = reference.under_way(symptom.kind);
  const bool is_parity = problem != nullptr ? problem->kind == ProblemKind::parity
                                            : reference.source() == Reference::Source::peers;
  if (is_parity) symptom.kind = ProblemKind::parity;
}

void find_demand(const RoundView& view, size_t record, const Reference& reference, Symptoms& symptoms) {
  constexpr ProblemKind kind = ProblemKind::authentication_changed;
  const CellAnswer& now = view.now(record);
  const ClientDemand demand = client_demand_of(now);
  const CellAnswer* expected = reference.expected(kind);
  if (expected == nullptr || demand == ClientDemand::unknown ||
      client_demand_of(*expected) == ClientDemand::unknown)
    return;
  if (!reference.differs(kind, now, client_demand_of)) return;
  Symptom symptom = symptom_of(view, record, kind);
  name_kind(symptom, reference);
  symptom.aspect = Aspect::client_demand;
  symptom.severity = Severity::error;
  switch (demand) {
    case ClientDemand::demanded:
      symptom.cause = Cause::client_certificate_demanded;
      symptom.what = "client certificate demanded";
      symptom.sentence =
          fmt::format("{} refuses {} to clients without a certificate", symptom.node, symptom.to);
      break;
    case ClientDemand::asked:
      symptom.cause = Cause::client_certificate_asked;
      symptom.what = "client certificate asked for";
      symptom.severity = Severity::warning;
      symptom.sentence = fmt::format("{} asks for a client certificate for {}", symptom.node, symptom.to);
      break;
    default:
      symptom.cause = Cause::client_certificate_no_longer_asked;
      symptom.what = "client certificate no longer asked for";
      symptom.sentence =
          fmt::format("{} no longer asks for a client certificate for {}", symptom.node, symptom.to);
  }
  symptoms.push_back(std::move(symptom));
}

void find_protocol(const RoundView& view, size_t record, const Reference& reference, Symptoms& symptoms) {
  constexpr ProblemKind kind = ProblemKind::protocol_changed;
  const CellAnswer& now = view.now(record);
  const CellAnswer* expected = reference.expected(kind);
  if (expected == nullptr || protocol_of(now).empty() || protocol_of(*expected).empty()) return;
  if (!reference.differs(kind, now, protocol_of)) return;
  Symptom symptom = symptom_of(view, record, kind);
  name_kind(symptom, reference);
  symptom.aspect = Aspect::protocol;
  symptom.what = fmt::format("{} → {}", protocol_of(*expected), protocol_of(now));
  symptom.cause = protocol_of(now) == "h2" ? Cause::h2_new : Cause::h2_gone;
  symptom.sentence = protocol_of(now) == "none"
                         ? fmt::format("{} shares no protocol with clients that offer {} for {}",
                                       symptom.node, to_string(view.record(record).key.alpn), symptom.to)
                         : fmt::format("{} answers {} over {}, and not over {}", symptom.node, symptom.to,
                                       protocol_of(now), protocol_of(*expected));
  symptoms.push_back(std::move(symptom));
}

void find_treatment(const RoundView& view, size_t record, const Reference& reference, Symptoms& symptoms) {
  const CellAnswer& now = view.now(record);
  const Treatment treatment = treatment_of(now);
  const bool false_421 = now.verdict == CellVerdict::false_421;
  if (treatment == Treatment::unknown || treatment == Treatment::served) return;
  const ProblemKind kind = is_refusal(treatment) ? ProblemKind::refused : ProblemKind::verdict_changed;
  const bool changed = reference.differs(kind, now, treatment_of) &&
                       treatment_of(*reference.expected(kind)) != Treatment::unknown;
  if (!changed && !false_421) return;
  Symptom symptom = symptom_of(view, record, kind);
  name_kind(symptom, reference);
  symptom.aspect = Aspect::treatment;
  // A 421 to a connection that was opened for this very name is wrong whatever was before.
  if (false_421) symptom.kind = ProblemKind::refused;
  symptom.severity = is_refusal(treatment) ? Severity::error : Severity::warning;
  symptom.what = std::string(to_string(treatment));
  if (false_421) symptom.cause = Cause::back_without_sni;
  symptom.other = now.answered_by == "none" ? "" : now.answered_by;
  symptom.sentence =
      fmt::format("{} answers {} with {}", symptom.node, symptom.to,
                  now.status == 0 ? std::string(to_string(treatment)) : std::to_string(now.status));
  symptoms.push_back(std::move(symptom));
}

void find_drift(const RoundView& view, size_t record, Symptoms& symptoms) {
  const CellAnswer& now = view.now(record);
  if (now.agreement != Agreement::differs) return;
  Symptom symptom = symptom_of(view, record, ProblemKind::drift);
  symptom.severity = Severity::error;
  symptom.what = "configuration";
  symptom.cause = Cause::configured_otherwise;
  symptom.sentence = fmt::format("{} answers {} otherwise than configured: {}", symptom.node, symptom.to,
                                 difference_of(now));
  symptoms.push_back(std::move(symptom));
}

/// A name without any answer on a node that answers for others.
void find_silence(const RoundView& view, std::string_view node, std::string_view name,
                  std::span<const size_t> records, Symptoms& symptoms) {
  const bool silent = std::all_of(records.begin(), records.end(),
                                  [&](size_t record) { return is_silence(view.now(record)); });
  if (!silent || view.is_silent(node)) return;
  const size_t record = records.front();
  const CellAnswer* before = view.established(record);
  if (before == nullptr || is_silence(*before)) return;
  Symptom symptom = symptom_of(view, record, ProblemKind::verdict_changed);
  symptom.severity = Severity::error;
  symptom.expected = *before;
  symptom.what = "no answer";
  symptom.sentence = fmt::format("{} does not answer for {} any more ({}), though it does for other names",
                                 node, name, to_string(view.now(record).failure));
  symptoms.push_back(std::move(symptom));
}

}  // namespace

void find_own_symptoms(const RoundView& view, Symptoms& symptoms) {
  for (const std::string_view node : view.asked_nodes()) {
    for (const auto& [name, records] : view.own_answers(node)) {
      find_silence(view, node, name, records, symptoms);
      for (const size_t record : records) {
        if (is_silence(view.now(record))) continue;
        const Reference reference = reference_of(view, record);
        // What the configuration says is no surprise, except what can never be right.
        if (view.now(record).agreement == Agreement::agrees) {
          if (view.now(record).verdict == CellVerdict::false_421)
            find_treatment(view, record, reference, symptoms);
          continue;
        }
        find_demand(view, record, reference, symptoms);
        find_protocol(view, record, reference, symptoms);
        find_treatment(view, record, reference, symptoms);
        find_drift(view, record, symptoms);
      }
    }
  }
}

}  // namespace astray::watch
