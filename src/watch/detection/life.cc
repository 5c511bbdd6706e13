#include "watch/detection/life.h"

#include <fmt/format.h>

#include <algorithm>

#include "probe/answer_print.h"
#include "watch/detection/members.h"
#include "watch/detection/wording.h"

namespace astray::watch {
namespace {

/// Of one problem in one round; a second answer costs a connection.
constexpr size_t asked_again = 3;

std::string id_of(ProblemKind kind, const std::string& cause_key, Instant began) {
  const uint64_t first = hash_text(cause_key, hash_number(static_cast<uint64_t>(kind)));
  return fmt::format("{:016x}", hash_number(static_cast<uint64_t>(began.unix_seconds), first));
}

/// Adds what is not there yet; true when there was something.
bool join(std::vector<std::string>& list, const std::set<std::string>& more) {
  const size_t before = list.size();
  std::set<std::string> all(list.begin(), list.end());
  all.insert(more.begin(), more.end());
  list.assign(all.begin(), all.end());
  return list.size() > before;
}

void add_sentences(Problem& problem, const Fold& fold) {
  std::vector<std::string> sentences = fold.further;
  // Which pairs they are, the lists of nodes and names do not say.
  if (fold.key.scope == Scope::pair && fold.symptoms.size() > 1) {
    for (const Symptom& symptom : fold.symptoms) sentences.push_back(symptom.sentence);
  }
  for (std::string& sentence : sentences) {
    const bool known =
        std::find(problem.symptoms.begin(), problem.symptoms.end(), sentence) != problem.symptoms.end();
    if (!known && problem.symptoms.size() < Problem::most_symptoms)
      problem.symptoms.push_back(std::move(sentence));
  }
  problem.symptom_count =
      std::max<uint64_t>({problem.symptom_count, problem.symptoms.size(), sentences.size()});
}

void add_evidence(Problem& problem, const Fold& fold, const RoundView& view) {
  for (const Symptom& symptom : fold.symptoms) {
    if (!symptom.record) continue;
    const CellRecord& shown = view.record(*symptom.record);
    const auto known = std::find_if(problem.evidence.begin(), problem.evidence.end(),
                                    [&](const CellRecord& evidence) { return evidence.key == shown.key; });
    if (known != problem.evidence.end()) {
      *known = shown;
    } else if (problem.evidence.size() < Problem::most_evidence) {
      problem.evidence.push_back(shown);
    }
  }
}

Problem begin_problem(const RoundView& view, const Fold& fold) {
  const Symptom& first = fold.symptoms.front();
  Problem problem;
  problem.kind = fold.kind;
  problem.cause_key = fold.key.text();
  problem.id = id_of(fold.kind, problem.cause_key, view.round().began);
  problem.from = first.from;
  problem.to = first.to;
  problem.before = first.expected;
  problem.first_seen = view.round().began;
  return problem;
}

/// The first few symptoms of different nodes and names that `fits` takes.
template <typename Fits>
void ask_again(const Problem& problem, const Fold& fold, const RoundView& view,
               std::vector<Suspicion>& suspicions, Fits fits) {
  std::set<std::pair<std::string_view, std::string_view>> places;
  for (const Symptom& symptom : fold.symptoms) {
    if (places.size() == asked_again) return;
    if (!symptom.record || !fits(symptom)) continue;
    if (!places.emplace(symptom.node, symptom.scope == Scope::node ? std::string_view() : symptom.to).second)
      continue;
    suspicions.push_back({problem.id, view.record(*symptom.record).key, Suspicion::Asks::still_wrong});
  }
}

void show(const RoundView& view, const Fold& fold, CarriedOn& carried) {
  Problem problem = fold.known ? view.past().problems[*fold.known] : begin_problem(view, fold);
  const std::set<std::string> nodes(problem.nodes.begin(), problem.nodes.end());
  const std::set<std::string> names(problem.affected_names.begin(), problem.affected_names.end());
  const Symptom& first = fold.symptoms.front();
  const bool more_nodes = join(problem.nodes, fold.nodes);
  const bool more_names = join(problem.affected_names, fold.names);
  for (const Symptom& symptom : fold.symptoms)
    problem.severity = std::max(problem.severity, symptom.severity);
  if (!fold.known) problem.severity = first.severity;
  problem.last_seen = view.round().began;
  problem.rounds_missing = 0;
  add_sentences(problem, fold);
  add_evidence(problem, fold, view);
  problem.sentence = sentence_of(problem, first, view);
  if (problem.state == ProblemState::suspected) {
    problem.cause = cause_of(problem, first, view);
    problem.next_step = next_step_of(problem, first, view);
    ask_again(problem, fold, view, carried.suspicions, [](const Symptom&) { return true; });
  } else if (more_nodes || more_names) {
    ask_again(problem, fold, view, carried.suspicions, [&](const Symptom& symptom) {
      return !nodes.contains(symptom.node) || !names.contains(symptom.to);
    });
    carried.grown.push_back(
        {.number = 0, .at = view.round().began, .step = ProblemStep::grown, .problem = problem});
  }
  carried.problems.push_back(std::move(problem));
}

/// Takes out what the settings no longer have. False when nothing is left of the problem.
bool keep_watched(Problem& problem, const RoundView& view) {
  const std::vector<std::string>& nodes = view.past().nodes;
  const bool had_nodes = !problem.nodes.empty(), had_names = !problem.affected_names.empty();
  const Scope scope = CauseKey::parse(problem.cause_key).scope;
  if (problem.kind == ProblemKind::watcher_impaired || problem.kind == ProblemKind::refusals_rising)
    return true;
  std::erase_if(problem.nodes, [&](const std::string& node) {
    return !nodes.empty() && std::find(nodes.begin(), nodes.end(), node) == nodes.end();
  });
  std::erase_if(problem.affected_names,
                [&](const std::string& name) { return !view.names().is_watched(name); });
  if (had_nodes && problem.nodes.empty()) return false;
  if (scope == Scope::node) return true;
  const bool pair_is_gone =
      scope == Scope::pair && (!view.names().is_watched(problem.to) ||
                               (!problem.from.empty() && !view.names().is_watched(problem.from)));
  return !(had_names && problem.affected_names.empty()) && !pair_is_gone;
}

}  // namespace

CarriedOn carry_on(const RoundView& view, const Folds& folds) {
  CarriedOn carried;
  std::vector<const Fold*> fold_of(view.past().problems.size(), nullptr);
  for (const Fold& fold : folds.all) {
    if (fold.known) fold_of[*fold.known] = &fold;
    show(view, fold, carried);
    if (fold.known) ask_for_mended(view, folds, &fold, carried.problems.back(), carried.suspicions);
  }
  for (size_t i = 0; i < fold_of.size(); ++i) {
    if (fold_of[i] != nullptr) continue;
    Problem problem = view.past().problems[i];
    if (!keep_watched(problem, view)) {
      problem.state = ProblemState::resolved;
      problem.closed = view.round().began;
      problem.cause = "It is no longer watched: the settings do not have it any more.";
      problem.next_step.clear();
    } else {
      const bool is_missing = ask_for_mended(view, folds, nullptr, problem, carried.suspicions);
      if (is_missing) ++problem.rounds_missing;
    }
    carried.problems.push_back(std::move(problem));
  }
  return carried;
}

}  // namespace astray::watch
