#include "watch/detection/round_view.h"

#include <algorithm>

#include "watch/detection/aspects.h"

namespace astray::watch {
namespace {

CellKey without_node(CellKey key) {
  key.node.clear();
  return key;
}

bool was_shown_by(const Problem& problem, AlpnOffer alpn) {
  return std::any_of(problem.evidence.begin(), problem.evidence.end(),
                     [alpn](const CellRecord& shown) { return shown.key.alpn == alpn; });
}

}  // namespace

RoundView::RoundView(const RoundRecord& round, const DetectionPast& past)
    : round_(round), past_(past), names_(round, past) {
  subjects_.reserve(round.answers.size());
  std::set<std::string_view> answering;
  for (size_t i = 0; i < round.answers.size(); ++i) {
    const CellKey& key = round.answers[i].key;
    const Subject subject = subject_of(key);
    subjects_.push_back(subject);
    asked_.insert(key.node);
    if (!is_silence(now(i))) answering.insert(key.node);
    if (subject.kind == Subject::Kind::own) own_[key.node][subject.to].push_back(i);
    if (subject.kind == Subject::Kind::nobody) nobody_[key.node].push_back(i);
    if (subject.kind != Subject::Kind::other) questions_[without_node(key)].push_back(i);
  }
  for (const std::string_view node : asked_) {
    if (!answering.contains(node)) silent_.insert(node);
  }
  for (const CertificateRecord& certificate : round.certificates)
    certificates_.emplace(certificate.fingerprint, &certificate);
  index_problems();
}

Subject RoundView::subject_of(const CellKey& key) const {
  if (is_unknown_name(key.authority))
    return {key.sni == key.authority && key.use == ConnectionUse::fresh ? Subject::Kind::nobody
                                                                        : Subject::Kind::other,
            key.sni, key.authority};
  const std::string_view to = names_.meant_by(key.authority);
  if (to.empty()) return {};
  if (key.is_baseline() && to == key.authority) return {Subject::Kind::own, to, to};
  if (key.sni.empty()) return {Subject::Kind::pair, {}, to};
  // No client spells SNI oddly (RFC 6066 §3): what servers make of it is no trouble of anyone's.
  const std::string_view from = names_.meant_by(key.sni);
  return {from.empty() || from != key.sni ? Subject::Kind::other : Subject::Kind::pair, from, to};
}

void RoundView::index_problems() {
  for (const Problem& problem : past_.problems) {
    if (!problem.before) continue;
    const Scope scope = CauseKey::parse(problem.cause_key).scope;
    if (scope == Scope::own || scope == Scope::certificate) {
      for (const std::string& node : problem.nodes) {
        for (const std::string& name : problem.affected_names)
          own_problems_[std::pair<std::string_view, std::string_view>(node, name)].push_back(&problem);
      }
    } else if (scope == Scope::pair) {
      for (const CellRecord& shown : problem.evidence) pair_problems_[shown.key].push_back(&problem);
    }
  }
}

const CellAnswer* RoundView::before(size_t index) const {
  if (index >= past_.before.size() || !past_.before[index]) return nullptr;
  return &*past_.before[index];
}

std::vector<const Problem*> RoundView::covering(size_t index) const {
  const CellKey& key = record(index).key;
  if (subject(index).kind != Subject::Kind::own) {
    const auto found = pair_problems_.find(key);
    return found == pair_problems_.end() ? std::vector<const Problem*>() : found->second;
  }
  std::vector<const Problem*> problems;
  const auto found = own_problems_.find({key.node, subject(index).to});
  if (found == own_problems_.end()) return problems;
  // Where h2 is offered, another protocol was before than where it is not.
  std::copy_if(found->second.begin(), found->second.end(), std::back_inserter(problems),
               [&](const Problem* problem) {
                 const bool is_about_protocols =
                     problem->kind == ProblemKind::protocol_changed || problem->kind == ProblemKind::parity;
                 return !is_about_protocols || was_shown_by(*problem, key.alpn);
               });
  return problems;
}

const CellAnswer* RoundView::established(size_t index) const {
  const std::vector<const Problem*> problems = covering(index);
  if (problems.empty()) return before(index);
  const auto oldest =
      std::min_element(problems.begin(), problems.end(),
                       [](const Problem* a, const Problem* b) { return a->first_seen < b->first_seen; });
  return &*(*oldest)->before;
}

std::span<const size_t> RoundView::own_answers(std::string_view node, std::string_view name) const {
  const OwnAnswers& names = own_answers(node);
  const auto found = names.find(name);
  return found == names.end() ? std::span<const size_t>() : std::span<const size_t>(found->second);
}

const RoundView::OwnAnswers& RoundView::own_answers(std::string_view node) const {
  static const OwnAnswers none;
  const auto found = own_.find(node);
  return found == own_.end() ? none : found->second;
}

std::span<const size_t> RoundView::answers_to_nobody(std::string_view node) const {
  const auto found = nobody_.find(node);
  return found == nobody_.end() ? std::span<const size_t>() : std::span<const size_t>(found->second);
}

std::vector<size_t> RoundView::peers(size_t index) const {
  std::vector<size_t> others;
  const auto found = questions_.find(without_node(record(index).key));
  if (found == questions_.end()) return others;
  for (const size_t other : found->second) {
    if (record(other).key.node != record(index).key.node) others.push_back(other);
  }
  return others;
}

std::optional<size_t> RoundView::find(const CellKey& key) const {
  const auto found = questions_.find(without_node(key));
  if (found == questions_.end()) return std::nullopt;
  for (const size_t record : found->second) {
    if (round_.answers[record].key.node == key.node) return record;
  }
  return std::nullopt;
}

const CertificateRecord* RoundView::certificate(const std::string& fingerprint) const {
  const auto found = certificates_.find(fingerprint);
  return found == certificates_.end() ? nullptr : found->second;
}

}  // namespace astray::watch
