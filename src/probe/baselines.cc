#include "probe/baselines.h"

#include <algorithm>

#include "verdict/misdirected_status.h"

namespace astray {
namespace {

uint64_t place_of(NodeIndex node, NameId name) {
  return static_cast<uint64_t>(node) << 32 | static_cast<uint32_t>(name);
}

bool says(const Observation& seen, std::string_view part) {
  return seen.body.excerpt.find(part) != std::string::npos;
}

ClientRefusal refusal_by_alert(const Observation& seen) {
  if (seen.alert == "certificate_required") return ClientRefusal::certificate_missing;
  if (!seen.client_certificate_requested) return ClientRefusal::none;
  // TLS 1.2 has no alert of its own for a missing certificate: OpenSSL sends handshake_failure, Go
  // bad_certificate. The others judge a certificate that was sent.
  if (seen.alert == "handshake_failure" || seen.alert == "bad_certificate")
    return ClientRefusal::certificate_missing;
  if (seen.alert == "unknown_ca" || seen.alert == "certificate_unknown" || seen.alert == "access_denied" ||
      seen.alert == "certificate_revoked" || seen.alert == "certificate_expired" ||
      seen.alert == "unsupported_certificate" || seen.alert == "decrypt_error" ||
      seen.alert == "internal_error")
    return ClientRefusal::certificate_untrusted;
  return ClientRefusal::none;
}

}  // namespace

ClientRefusal client_refusal(const Observation& seen) {
  if (seen.failure == ProbeFailure::tls_alert) return refusal_by_alert(seen);
  // nginx, with its status 400 for what it calls 495 and 496 inside.
  if (seen.status == 400 && says(seen, "No required SSL certificate was sent"))
    return ClientRefusal::certificate_missing;
  if (seen.status == 400 && says(seen, "The SSL certificate error"))
    return ClientRefusal::certificate_untrusted;
  const bool refused = seen.status == 400 || seen.status == 403 || seen.status == misdirected_status ||
                       seen.status == 495 || seen.status == 496;
  if (refused && seen.client_certificate_requested) return ClientRefusal::certificate_missing;
  return ClientRefusal::none;
}

void Owners::add(NameId name) {
  if (name == last || name == first || name == second) return;
  last = name;
  ++count;
  if (first == NameId::none) {
    first = name;
  } else if (second == NameId::none) {
    second = name;
  }
}

NameId Owners::other_than(NameId name) const {
  return first != name ? first : second;
}

uint64_t Baselines::key(NodeIndex node, Level level, uint64_t print) {
  return hash_number(static_cast<uint64_t>(node) << 8 | static_cast<uint64_t>(level), print);
}

const Owners& Baselines::owners(uint64_t key) const {
  static const Owners nobody;
  const auto found = owners_.find(key);
  return found == owners_.end() ? nobody : found->second;
}

void Baselines::add(NodeIndex node, NameId name, Baseline baseline) {
  // A refusal is the server's, not the name's: two names that are refused alike are not one site.
  const bool content = baseline.status != 0 && baseline.status != misdirected_status &&
                       baseline.refusal == ClientRefusal::none && baseline.failure == ProbeFailure::none;
  std::vector<Baseline>& known = by_name_[place_of(node, name)];
  known.push_back(std::move(baseline));
  if (!content) return;
  const AnswerPrint& print = known.back().print;
  if (own_anywhere_.insert(hash_number(static_cast<uint64_t>(name), print.exact)).second)
    ++different_answers_[static_cast<uint32_t>(name)];
  std::vector<NodeIndex>& answering = answering_nodes_[static_cast<uint32_t>(name)];
  if (answering.empty() || answering.back() != node) answering.push_back(node);
  owners_[key(node, Level::exact, print.exact)].add(name);
  owners_[key(NodeIndex{0}, Level::anywhere, print.exact)].add(name);
  if (print.folded != 0) owners_[key(node, Level::folded, print.folded)].add(name);
  if (changes(node, name).value_or(false)) owners_[key(node, Level::outline, print.outline)].add(name);
}

void Baselines::add_default(NodeIndex node, const AnswerPrint& print) {
  Owners& exact = owners_[key(node, Level::exact, print.exact)];
  if (exact.count == 0) exact.add(NameId::default_host);
  if (print.folded != 0) owners_[key(node, Level::default_folded, print.folded)].add(NameId::default_host);
}

bool Baselines::resembles_default(NodeIndex node, const AnswerPrint& print) const {
  return print.folded != 0 && owners(key(node, Level::default_folded, print.folded)).count != 0;
}

const std::vector<Baseline>& Baselines::at(NodeIndex node, NameId name) const {
  static const std::vector<Baseline> none;
  const auto found = by_name_.find(place_of(node, name));
  return found == by_name_.end() ? none : found->second;
}

const Baseline* Baselines::find(NodeIndex node, NameId name, AlpnOffer alpn,
                                ClientCertificateIndex certificate) const {
  const Baseline* other_offer = nullptr;
  for (const Baseline& baseline : at(node, name)) {
    if (baseline.client_certificate != certificate) continue;
    if (baseline.alpn == alpn) return &baseline;
    if (other_offer == nullptr || other_offer->status == 0) other_offer = &baseline;
  }
  return other_offer;
}

const Owners& Baselines::owners_of_exact(NodeIndex node, const AnswerPrint& print) const {
  return owners(key(node, Level::exact, print.exact));
}

const Owners& Baselines::owners_of_folded(NodeIndex node, const AnswerPrint& print) const {
  static const Owners nobody;
  return print.folded == 0 ? nobody : owners(key(node, Level::folded, print.folded));
}

const Owners& Baselines::owners_of_exact(const AnswerPrint& print) const {
  return owners(key(NodeIndex{0}, Level::anywhere, print.exact));
}

bool Baselines::is_own_anywhere(NameId name, const AnswerPrint& print) const {
  return own_anywhere_.contains(hash_number(static_cast<uint64_t>(name), print.exact));
}

bool Baselines::is_steady(NameId name) const {
  const auto found = different_answers_.find(static_cast<uint32_t>(name));
  return found != different_answers_.end() && found->second == 1;
}

bool Baselines::known_elsewhere(NodeIndex node, NameId name) const {
  const auto found = answering_nodes_.find(static_cast<uint32_t>(name));
  if (found == answering_nodes_.end()) return false;
  return std::any_of(found->second.begin(), found->second.end(),
                     [&](NodeIndex other) { return other != node; });
}

const Owners& Baselines::changing_owners(NodeIndex node, const AnswerPrint& print) const {
  return owners(key(node, Level::outline, print.outline));
}

std::optional<bool> Baselines::changes(NodeIndex node, NameId name) const {
  const Baseline* first = nullptr;
  std::optional<bool> answer;
  for (const Baseline& baseline : at(node, name)) {
    if (baseline.status == 0 || baseline.failure != ProbeFailure::none ||
        baseline.refusal != ClientRefusal::none)
      continue;
    if (first == nullptr) {
      first = &baseline;
    } else if (baseline.status == first->status && baseline.client_certificate == first->client_certificate) {
      if (baseline.print.exact != first->print.exact) return true;
      answer = false;
    }
  }
  return answer;
}

}  // namespace astray
