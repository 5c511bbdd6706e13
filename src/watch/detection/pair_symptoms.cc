// What answers on other names' connections, and to odd spellings, show.
#include <fmt/format.h>

#include "watch/detection/reference.h"
#include "watch/detection/symptom.h"

namespace astray::watch {
namespace {

std::string connection_of(const CellKey& key) {
  return key.sni.empty() ? "a connection without SNI" : fmt::format("the connection of {}", key.sni);
}

Symptom pair_symptom(const RoundView& view, size_t record, ProblemKind kind) {
  const CellRecord& shown = view.record(record);
  Symptom symptom;
  symptom.kind = kind;
  symptom.severity = Severity::error;
  symptom.scope = Scope::pair;
  symptom.node = shown.key.node;
  symptom.from = std::string(view.subject(record).from);
  symptom.to = std::string(view.subject(record).to);
  symptom.record = record;
  // Few clients spell a name oddly.
  if (shown.key.authority != symptom.to) symptom.severity = Severity::warning;
  if (const CellAnswer* established = view.established(record)) symptom.expected = *established;
  return symptom;
}

/// What is wrong whatever was before; nothing otherwise.
std::optional<Symptom> wrong_pair(const RoundView& view, size_t record) {
  const CellRecord& shown = view.record(record);
  const std::string question = fmt::format("{} on {}", shown.key.authority, connection_of(shown.key));
  switch (shown.answer.verdict) {
    case CellVerdict::misdirected: {
      Symptom symptom = pair_symptom(view, record, ProblemKind::misdirected);
      const bool by_sni = !symptom.from.empty() && shown.answer.answered_as == symptom.from;
      symptom.cause = by_sni ? Cause::answers_by_sni : Cause::unknown;
      symptom.other = shown.answer.answered_as;
      symptom.what = by_sni                  ? "as the connection's name"
                     : symptom.other.empty() ? (shown.answer.certificate_covers ? "as another virtual host"
                                                                                : "another certificate")
                                             : fmt::format("as {}", symptom.other);
      symptom.sentence = fmt::format(
          "{} answers {} {}", symptom.node, question,
          symptom.other.empty() ? "as another virtual host" : fmt::format("as {}", symptom.other));
      return symptom;
    }
    case CellVerdict::authentication_bypass: {
      Symptom symptom = pair_symptom(view, record, ProblemKind::misdirected);
      symptom.cause = Cause::protection_passed;
      symptom.what = "without the client certificate it demands";
      symptom.sentence =
          fmt::format("{} answers {} without the client certificate that it demands", symptom.node, question);
      return symptom;
    }
    case CellVerdict::false_421: {
      Symptom symptom = pair_symptom(view, record, ProblemKind::refused);
      symptom.what = "421 to its own name";
      symptom.sentence = fmt::format("{} answers {} with 421 although SNI and Host mean the same name",
                                     symptom.node, question);
      return symptom;
    }
    default:
      return std::nullopt;
  }
}

void find_change(const RoundView& view, size_t record, Symptoms& symptoms) {
  const CellRecord& shown = view.record(record);
  const Treatment treatment = treatment_of(shown.answer);
  // What came to be served is no harm by itself: whether clients may do so is asked elsewhere.
  if (treatment == Treatment::unknown || treatment == Treatment::served ||
      shown.answer.agreement == Agreement::agrees)
    return;
  const Reference reference = reference_of(view, record);
  const CellAnswer* expected = reference.expected(ProblemKind::verdict_changed);
  if (expected == nullptr || treatment_of(*expected) == Treatment::unknown ||
      !reference.differs(ProblemKind::verdict_changed, shown.answer, treatment_of))
    return;
  Symptom symptom = pair_symptom(view, record,
                                 reference.source() == Reference::Source::peers &&
                                         reference.under_way(ProblemKind::verdict_changed) == nullptr
                                     ? ProblemKind::parity
                                     : ProblemKind::verdict_changed);
  if (const Problem* problem = reference.under_way(ProblemKind::verdict_changed))
    symptom.kind = problem->kind;
  symptom.severity = Severity::warning;
  symptom.expected = *expected;
  symptom.what = fmt::format("{} → {}", to_string(treatment_of(*expected)), to_string(treatment));
  symptom.sentence =
      fmt::format("{} answers {} on {} with {}, not as before ({})", symptom.node, symptom.to,
                  connection_of(shown.key), to_string(treatment), to_string(treatment_of(*expected)));
  symptoms.push_back(std::move(symptom));
}

void find_pair_drift(const RoundView& view, size_t record, Symptoms& symptoms) {
  const CellRecord& shown = view.record(record);
  if (shown.answer.agreement != Agreement::differs) return;
  Symptom symptom = pair_symptom(view, record, ProblemKind::drift);
  symptom.cause = Cause::configured_otherwise;
  symptom.what = "configuration";
  symptom.sentence = fmt::format("{} answers {} on {} otherwise than configured: {}", symptom.node,
                                 symptom.to, connection_of(shown.key), difference_of(shown.answer));
  symptoms.push_back(std::move(symptom));
}

}  // namespace

void find_pair_symptoms(const RoundView& view, Symptoms& symptoms) {
  for (size_t record = 0; record < view.round().answers.size(); ++record) {
    if (view.subject(record).kind != Subject::Kind::pair) continue;
    if (std::optional<Symptom> wrong = wrong_pair(view, record)) {
      symptoms.push_back(std::move(*wrong));
      continue;
    }
    find_change(view, record, symptoms);
    find_pair_drift(view, record, symptoms);
  }
}

}  // namespace astray::watch
