#include "watch/detection/members.h"

#include <algorithm>

#include "watch/detection/aspects.h"

namespace astray::watch {
namespace {

constexpr size_t most_samples = 5;  ///< to be sure that all is well
constexpr size_t most_parts = 20;   ///< of one problem that are looked at in a round

enum class Health : uint8_t { absent, unclear, bad, well };

struct Member {
  Health health = Health::absent;
  std::optional<size_t> record;  ///< that shows it well
};

bool is_about_whose_page(const Problem& problem) {
  return (problem.kind == ProblemKind::default_answering || problem.kind == ProblemKind::misdirected) &&
         problem.before && !problem.before->page.empty();
}

/// Whether the answer could have shown the problem, and did not.
bool is_telling(const Problem& problem, const CellAnswer& answer) {
  if (treatment_of(answer) == Treatment::unknown) return false;
  return !is_about_whose_page(problem) || treatment_of(answer) != Treatment::served || !answer.page.empty();
}

Member own_member(const RoundView& view, const Folds& folds, const Fold* shown, const Problem& problem,
                  const std::string& node, const std::string& name) {
  if (shown != nullptr && shown->places.contains({node, name})) return {Health::bad, std::nullopt};
  const std::span<const size_t> records = view.own_answers(node, name);
  if (records.empty()) return {};
  if (problem.kind != ProblemKind::certificate_expiring && folds.troubled.contains({node, name}))
    return {Health::unclear, std::nullopt};
  // Each kind of question that showed it must have been answered well.
  Member member{Health::unclear, std::nullopt};
  for (const CellRecord& evidence : problem.evidence) {
    const auto found = std::find_if(records.begin(), records.end(), [&](size_t record) {
      const CellKey& key = view.record(record).key;
      return key.alpn == evidence.key.alpn && key.client_certificate == evidence.key.client_certificate;
    });
    if (found == records.end() || !is_telling(problem, view.now(*found)))
      return {Health::unclear, std::nullopt};
    member = {Health::well, *found};
  }
  return member;
}

class Mending {
 public:
  Mending(const RoundView& view, const Folds& folds, const Fold* shown, const Problem& problem,
          std::vector<Suspicion>& suspicions)
      : view_(view), folds_(folds), shown_(shown), problem_(problem), suspicions_(suspicions) {}

  bool ask() {
    switch (CauseKey::parse(problem_.cause_key).scope) {
      case Scope::watcher:
        return shown_ == nullptr;
      case Scope::node:
        return ask_nodes();
      case Scope::pair:
        return problem_.evidence.empty() ? ask_pair_by_name() : ask_pairs();
      default:
        return ask_own();
    }
  }

 private:
  void add(const CellKey& key, Suspicion::Asks asks) { suspicions_.push_back({problem_.id, key, asks}); }

  void add_samples(const std::vector<size_t>& records) {
    for (size_t i = 0; i < std::min(records.size(), most_samples); ++i)
      add(view_.record(records[i]).key, Suspicion::Asks::all_mended);
  }
  void add_parts(const std::vector<size_t>& records, Suspicion::Asks asks) {
    for (size_t i = 0; i < std::min(records.size(), most_parts); ++i) add(view_.record(records[i]).key, asks);
  }

  bool ask_nodes() {
    std::vector<size_t> well;
    size_t unclear = 0, silent = 0;
    for (const std::string& node : problem_.nodes) {
      if (view_.is_silent(node)) {
        ++silent;
        continue;
      }
      const std::optional<size_t> record = answer_of(node);
      if (!record) {
        ++unclear;
        continue;
      }
      well.push_back(*record);
    }
    const bool any_is_enough = problem_.kind == ProblemKind::nothing_answers;
    if (well.empty()) return false;
    if (any_is_enough || silent + unclear == 0) {
      add_samples(well);
      return true;
    }
    add_parts(well, Suspicion::Asks::node_mended);
    return false;
  }

  std::optional<size_t> answer_of(std::string_view node) const {
    for (const auto& [name, records] : view_.own_answers(node)) {
      for (const size_t record : records) {
        if (!is_silence(view_.now(record))) return record;
      }
    }
    return std::nullopt;
  }

  bool ask_own() {
    std::vector<size_t> well_names, well_nodes;
    for (const std::string& name : problem_.affected_names) {
      if (const std::optional<size_t> record = well_everywhere(name)) well_names.push_back(*record);
    }
    if (!well_names.empty() && well_names.size() == problem_.affected_names.size()) {
      add_samples(well_names);
      return true;
    }
    add_parts(well_names, Suspicion::Asks::name_mended);
    if (problem_.nodes.size() < 2) return false;
    for (const std::string& node : problem_.nodes) {
      if (const std::optional<size_t> record = well_altogether(node)) well_nodes.push_back(*record);
    }
    add_parts(well_nodes, Suspicion::Asks::node_mended);
    return false;
  }

  Member member(const std::string& node, const std::string& name) const {
    return own_member(view_, folds_, shown_, problem_, node, name);
  }

  /// A node that was asked and does not have the name is none of the name's.
  std::optional<size_t> well_everywhere(const std::string& name) const {
    std::optional<size_t> well;
    for (const std::string& node : problem_.nodes) {
      if (!view_.asked_nodes().contains(node)) return std::nullopt;
      const Member one = member(node, name);
      if (one.health == Health::bad || one.health == Health::unclear) return std::nullopt;
      if (one.health == Health::well) well = one.record;
    }
    return well;
  }
  std::optional<size_t> well_altogether(const std::string& node) const {
    std::optional<size_t> well;
    for (const std::string& name : problem_.affected_names) {
      const Member one = member(node, name);
      if (one.health != Health::well) return std::nullopt;
      well = one.record;
    }
    return well;
  }

  bool ask_pairs() {
    if (shown_ != nullptr) return false;
    std::vector<size_t> well;
    for (const CellRecord& evidence : problem_.evidence) {
      const std::optional<size_t> record = view_.find(evidence.key);
      if (!record || treatment_of(view_.now(*record)) == Treatment::unknown) continue;
      const Subject& subject = view_.subject(*record);
      const std::string node = evidence.key.node;
      if (folds_.troubled.contains({node, std::string(subject.to)}) ||
          folds_.troubled.contains({node, std::string(subject.from)}))
        continue;
      well.push_back(*record);
    }
    if (well.empty()) return false;
    if (well.size() == problem_.evidence.size()) {
      add_samples(well);
      return true;
    }
    add_parts(well, Suspicion::Asks::name_mended);
    return false;
  }

  /// New pairs and rising refusals have no cells of their own.
  bool ask_pair_by_name() const {
    if (shown_ != nullptr) return false;
    if (problem_.kind == ProblemKind::refusals_rising) return true;
    for (size_t record = 0; record < view_.round().answers.size(); ++record) {
      const Subject& subject = view_.subject(record);
      if (subject.kind == Subject::Kind::pair && subject.from == problem_.from && subject.to == problem_.to &&
          treatment_of(view_.now(record)) != Treatment::unknown)
        return true;
    }
    return false;
  }

  const RoundView& view_;
  const Folds& folds_;
  const Fold* shown_;
  const Problem& problem_;
  std::vector<Suspicion>& suspicions_;
};

}  // namespace

bool ask_for_mended(const RoundView& view, const Folds& folds, const Fold* shown, const Problem& problem,
                    std::vector<Suspicion>& suspicions) {
  if (view.nothing_answers() && problem.kind != ProblemKind::watcher_impaired) return false;
  return Mending(view, folds, shown, problem, suspicions).ask();
}

}  // namespace astray::watch
