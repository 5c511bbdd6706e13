// Names that are answered by another virtual host than their own: the default one, or another name's.
#include <fmt/format.h>

#include "watch/detection/aspects.h"
#include "watch/detection/symptom.h"
#include "watch/detection/whose.h"

namespace astray::watch {
namespace {

std::string shown_owner(const Owner& owner) {
  return owner.name.empty() ? "names that nobody configures" : owner.name;
}

/// Whether the node shows unknown names another certificate than this.
bool is_not_the_default_certificate(const RoundView& view, size_t record) {
  for (const size_t other : view.answers_to_nobody(view.record(record).key.node)) {
    if (!view.now(other).certificate.empty() && view.now(other).certificate != view.now(record).certificate)
      return true;
  }
  return false;
}

Symptom page_symptom(const RoundView& view, size_t record) {
  Symptom symptom;
  symptom.kind = ProblemKind::misdirected;
  symptom.severity = Severity::error;
  symptom.node = view.record(record).key.node;
  symptom.to = std::string(view.subject(record).to);
  symptom.record = record;
  if (const CellAnswer* established = view.established(record)) {
    symptom.expected = *established;
  } else if (const std::vector<size_t> peers = view.peers(record); !peers.empty()) {
    symptom.expected = view.now(peers.front());
  }
  return symptom;
}

/// The whole handshake is another's: its certificate too.
void find_foreign_handshake(const RoundView& view, size_t record, Symptoms& symptoms) {
  const CellAnswer& now = view.now(record);
  if (now.certificate.empty() || now.certificate_covers) return;
  const std::optional<Owner> owner = owner_of_certificate(view, record);
  if (!owner) return;
  Symptom symptom = page_symptom(view, record);
  symptom.kind = owner->problem != nullptr ? owner->problem->kind : ProblemKind::default_answering;
  symptom.cause = Cause::virtual_host_gone;
  symptom.what = what_of(*owner);
  symptom.other = owner->name;
  symptom.sentence =
      fmt::format("{} answers {} with the certificate of {}", symptom.node, symptom.to, shown_owner(*owner));
  symptoms.push_back(std::move(symptom));
}

void find_foreign_page(const RoundView& view, size_t record, Symptoms& symptoms) {
  const CellAnswer& now = view.now(record);
  if (treatment_of(now) != Treatment::served) return;
  std::optional<Owner> owner = owner_of_page(view, record);
  if (!owner && now.verdict == CellVerdict::misdirected && now.reason == Reason::default_virtual_host &&
      !now.answered_as.empty())
    owner = Owner{.name = now.answered_as, .is_default = false, .problem = nullptr};
  if (!owner) return;
  Symptom symptom = page_symptom(view, record);
  symptom.what = what_of(*owner);
  symptom.other = owner->name;
  // With a handshake that unknown names do not get, the name still has a virtual host of its own here.
  const bool own_handshake = is_not_the_default_certificate(view, record);
  if (owner->is_default && !own_handshake) symptom.kind = ProblemKind::default_answering;
  if (owner->problem != nullptr) symptom.kind = owner->problem->kind;
  symptom.cause = own_handshake       ? Cause::wrong_back
                  : owner->is_default ? Cause::virtual_host_gone
                                      : Cause::default_or_wrong_back;
  symptom.sentence =
      fmt::format("{} answers {} with the page of {}", symptom.node, symptom.to, shown_owner(*owner));
  symptoms.push_back(std::move(symptom));
}

}  // namespace

void find_page_symptoms(const RoundView& view, Symptoms& symptoms) {
  for (const std::string_view node : view.asked_nodes()) {
    for (const auto& [name, records] : view.own_answers(node)) {
      for (const size_t record : records) {
        find_foreign_handshake(view, record, symptoms);
        find_foreign_page(view, record, symptoms);
      }
    }
  }
}

}  // namespace astray::watch
