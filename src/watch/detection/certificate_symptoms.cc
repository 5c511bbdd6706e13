// Certificates that do not cover the name they are shown for, or not at this time.
#include <fmt/format.h>

#include "watch/detection/symptom.h"
#include "watch/detection/whose.h"

namespace astray::watch {
namespace {

Symptom certificate_symptom(const RoundView& view, size_t record, ProblemKind kind) {
  Symptom symptom;
  symptom.kind = kind;
  symptom.severity = Severity::error;
  symptom.scope = Scope::certificate;
  symptom.what = view.now(record).certificate;
  symptom.node = view.record(record).key.node;
  symptom.to = std::string(view.subject(record).to);
  symptom.record = record;
  if (const CellAnswer* established = view.established(record)) symptom.expected = *established;
  return symptom;
}

/// Whether another name of the node, too, was moved from the certificate that this one had to the one it has:
/// what a renewal does.
bool is_renewal(const RoundView& view, size_t record, const CellAnswer& before) {
  const CellAnswer& now = view.now(record);
  for (const auto& [name, records] : view.own_answers(view.record(record).key.node)) {
    if (name == view.subject(record).to) continue;
    for (const size_t other : records) {
      const CellAnswer* established = view.established(other);
      if (view.now(other).certificate == now.certificate && established != nullptr &&
          established->certificate == before.certificate)
        return true;
    }
  }
  return false;
}

void find_gap(const RoundView& view, size_t record, Symptoms& symptoms) {
  const CellAnswer& now = view.now(record);
  if (now.certificate.empty() || now.certificate_covers) return;
  // Another virtual host's certificate is not the name's own: that is told by whose answer it is.
  if (owner_of_certificate(view, record)) return;
  Symptom symptom = certificate_symptom(view, record, ProblemKind::certificate_gap);
  symptom.cause = Cause::never_covered;
  if (symptom.expected && symptom.expected->certificate_covers &&
      symptom.expected->certificate != now.certificate)
    symptom.cause = is_renewal(view, record, *symptom.expected) ? Cause::renewed_without_name
                                                                : Cause::replaced_by_narrower;
  symptom.sentence =
      fmt::format("{} shows {} a certificate that does not cover it", symptom.node, symptom.to);
  symptoms.push_back(std::move(symptom));
}

void find_clock(const RoundView& view, const AlertSettings& settings, size_t record, Symptoms& symptoms) {
  const CertificateRecord* certificate = view.certificate(view.now(record).certificate);
  if (certificate == nullptr) return;
  const int64_t now = view.round().began.unix_seconds;
  const int64_t left = certificate->not_after.unix_seconds - now;
  const int64_t early =
      std::chrono::duration_cast<std::chrono::seconds>(settings.certificate_expiring).count();
  const bool begun = certificate->not_before.unix_seconds <= now;
  if (begun && left >= early) return;
  const bool over = left < 0;
  Symptom symptom = certificate_symptom(
      view, record, begun && !over ? ProblemKind::certificate_expiring : ProblemKind::certificate_expired);
  symptom.cause = !begun ? Cause::certificate_not_begun
                  : over ? Cause::certificate_over
                         : Cause::certificate_running_out;
  if (begun && !over) symptom.severity = Severity::warning;
  symptom.sentence = fmt::format("{} shows {} a certificate that {}", symptom.node, symptom.to,
                                 !begun ? "is not valid yet"
                                 : over ? "is no longer valid"
                                        : "is soon no longer valid");
  symptoms.push_back(std::move(symptom));
}

}  // namespace

void find_certificate_symptoms(const RoundView& view, const AlertSettings& settings, Symptoms& symptoms) {
  for (const std::string_view node : view.asked_nodes()) {
    for (const auto& [name, records] : view.own_answers(node)) {
      for (const size_t record : records) {
        find_gap(view, record, symptoms);
        find_clock(view, settings, record, symptoms);
      }
    }
  }
}

}  // namespace astray::watch
