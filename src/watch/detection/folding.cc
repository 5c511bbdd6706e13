#include "watch/detection/folding.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace astray::watch {
namespace {

bool holds(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

/// A certificate that runs out explains nothing else, and is explained by nothing but that it has run out.
bool stands_apart(ProblemKind kind) {
  return kind == ProblemKind::certificate_expiring;
}

bool is_about_own_answers(Scope scope) {
  return scope == Scope::own || scope == Scope::certificate;
}

/// Symptoms that are left, each with the weaker ones that it explains.
struct Explained {
  Symptom symptom;
  std::vector<std::string> further;
};

/// As seen in another protocol, which is further evidence and not explained by the first.
bool is_the_same(const Symptom& a, const Symptom& b) {
  return a.kind == b.kind && a.what == b.what;
}

class Explanation {
 public:
  Explanation(const RoundView& view, Symptoms symptoms) : view_(view) {
    // In the order of kinds, so that whatever explains comes before what it explains.
    std::stable_sort(symptoms.begin(), symptoms.end(),
                     [](const Symptom& a, const Symptom& b) { return a.kind < b.kind; });
    for (Symptom& symptom : symptoms) {
      if (view.nothing_answers() && symptom.scope != Scope::node && symptom.scope != Scope::watcher) continue;
      take(std::move(symptom));
    }
  }

  std::vector<Explained> left;
  std::set<std::pair<std::string, std::string>> troubled;

 private:
  void take(Symptom symptom) {
    if (is_about_own_answers(symptom.scope) && !stands_apart(symptom.kind)) {
      const std::pair place(symptom.node, symptom.to);
      const auto [stronger, first] = strongest_.try_emplace(place, left.size());
      if (!first && !is_the_same(left[stronger->second].symptom, symptom))
        return explain(stronger->second, std::move(symptom));
      by_name_.try_emplace(symptom.to, left.size());
      troubled.insert(place);
    } else if (symptom.scope == Scope::pair) {
      if (const std::optional<size_t> stronger = explaining(symptom))
        return explain(*stronger, std::move(symptom));
      if (is_explained_by_the_past(symptom)) return;
    }
    left.push_back({std::move(symptom), {}});
  }

  void explain(size_t stronger, Symptom symptom) {
    left[stronger].further.push_back(std::move(symptom.sentence));
  }

  std::optional<size_t> explaining(const Symptom& pair) const {
    for (const std::string* name : {&pair.to, &pair.from}) {
      if (const auto found = strongest_.find({pair.node, *name}); found != strongest_.end())
        return found->second;
      // Logs call their hosts otherwise than probes do.
      if (pair.kind != ProblemKind::refusals_rising) continue;
      if (const auto found = by_name_.find(*name); found != by_name_.end()) return found->second;
    }
    return std::nullopt;
  }

  bool is_explained_by_the_past(const Symptom& pair) const {
    const std::vector<Problem>& problems = view_.past().problems;
    return std::any_of(problems.begin(), problems.end(), [&](const Problem& problem) {
      if (!is_about_own_answers(CauseKey::parse(problem.cause_key).scope) || stands_apart(problem.kind))
        return false;
      const bool here = pair.kind == ProblemKind::refusals_rising || holds(problem.nodes, pair.node);
      return here && (holds(problem.affected_names, pair.to) || holds(problem.affected_names, pair.from));
    });
  }

  const RoundView& view_;
  std::map<std::pair<std::string, std::string>, size_t> strongest_;  ///< by node and name, in `left`
  std::map<std::string, size_t> by_name_;
};

/// Everything that may be one problem: the same thing, wherever it is.
using Sameness = std::tuple<ProblemKind, Scope, std::string>;

Sameness sameness_of(const Symptom& symptom) {
  return {symptom.kind, symptom.scope, symptom.what};
}

void add(Fold& fold, Explained explained) {
  Symptom& symptom = explained.symptom;
  if (!symptom.node.empty()) fold.nodes.insert(symptom.node);
  fold.places.emplace(symptom.node, symptom.to);
  for (const std::string* name : {&symptom.from, &symptom.to}) {
    if (!name->empty()) fold.names.insert(*name);
  }
  std::move(explained.further.begin(), explained.further.end(), std::back_inserter(fold.further));
  fold.symptoms.push_back(std::move(symptom));
}

bool touches(const Fold& fold, const Symptom& symptom) {
  return fold.nodes.contains(symptom.node) || fold.names.contains(symptom.to) ||
         (!symptom.from.empty() && fold.names.contains(symptom.from));
}

bool is_within(const Fold& fold, const Symptom& symptom) {
  return fold.nodes.contains(symptom.node) && fold.names.contains(symptom.to) &&
         (symptom.from.empty() || fold.names.contains(symptom.from));
}

/// A certificate, the silence of nodes and a trouble of the watcher are one thing wherever they show.
bool is_known_by_place(Scope scope) {
  return scope == Scope::own || scope == Scope::pair;
}

std::string seed_of(const Fold& fold) {
  std::string seed;
  for (const Symptom& symptom : fold.symptoms) {
    const std::string place =
        symptom.node + ' ' + (symptom.from.empty() ? "" : symptom.from + ' ') + symptom.to;
    if (seed.empty() || place < seed) seed = place;
  }
  return seed;
}

/// Folds of what is the same thing: first those that there were, then what is connected by node or name.
std::vector<Fold> fold_alike(const RoundView& view, const Sameness& same, std::vector<Explained> symptoms) {
  const ProblemKind kind = std::get<0>(same);
  const Scope scope = std::get<1>(same);
  const std::string& what = std::get<2>(same);
  std::vector<Fold> folds;
  const std::vector<Problem>& problems = view.past().problems;
  for (size_t i = 0; i < problems.size(); ++i) {
    CauseKey key = CauseKey::parse(problems[i].cause_key);
    if (problems[i].kind != kind || key.scope != scope || key.what != what) continue;
    Fold fold;
    fold.kind = kind;
    fold.key = std::move(key);
    fold.known = i;
    fold.nodes.insert(problems[i].nodes.begin(), problems[i].nodes.end());
    fold.names.insert(problems[i].affected_names.begin(), problems[i].affected_names.end());
    folds.push_back(std::move(fold));
  }
  // Moves what fits into a fold, and gives back the rest.
  const auto distribute = [&](std::vector<Explained> given, auto fits) {
    std::vector<Explained> rest;
    for (Explained& explained : given) {
      const auto found = std::find_if(folds.begin(), folds.end(), [&](const Fold& fold) {
        return !is_known_by_place(scope) || fits(fold, explained.symptom);
      });
      if (found == folds.end()) {
        rest.push_back(std::move(explained));
      } else {
        add(*found, std::move(explained));
      }
    }
    return rest;
  };
  symptoms = distribute(std::move(symptoms), is_within);
  while (!symptoms.empty()) {
    const size_t before = symptoms.size();
    symptoms = distribute(std::move(symptoms), touches);
    if (symptoms.size() < before || symptoms.empty()) continue;
    Fold fold;
    fold.kind = kind;
    fold.key = {scope, what, {}};
    add(fold, std::move(symptoms.front()));
    symptoms.erase(symptoms.begin());
    folds.push_back(std::move(fold));
  }
  std::erase_if(folds, [](const Fold& fold) { return fold.symptoms.empty(); });
  for (Fold& fold : folds) {
    if (!fold.known && is_known_by_place(scope)) fold.key.seed = seed_of(fold);
  }
  return folds;
}

}  // namespace

Folds fold(const RoundView& view, Symptoms symptoms) {
  Explanation explanation(view, std::move(symptoms));
  std::map<Sameness, std::vector<Explained>> alike;
  for (Explained& explained : explanation.left)
    alike[sameness_of(explained.symptom)].push_back(std::move(explained));
  Folds folds;
  folds.troubled = std::move(explanation.troubled);
  for (auto& [same, group] : alike) {
    std::vector<Fold> some = fold_alike(view, same, std::move(group));
    std::move(some.begin(), some.end(), std::back_inserter(folds.all));
  }
  return folds;
}

}  // namespace astray::watch
