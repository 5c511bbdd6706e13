// What the round as a whole shows: silent nodes, new pairs, rising refusals, troubles of the watcher.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "watch/detection/aspects.h"
#include "watch/detection/symptom.h"

namespace astray::watch {
namespace {

void find_silent_nodes(const RoundView& view, Symptoms& symptoms) {
  for (size_t record = 0; record < view.round().answers.size(); ++record) {
    const CellKey& key = view.record(record).key;
    if (!view.is_silent(key.node)) continue;
    Symptom symptom;
    symptom.kind = view.nothing_answers() ? ProblemKind::nothing_answers : ProblemKind::node_silent;
    symptom.severity = Severity::error;
    symptom.scope = Scope::node;
    symptom.what = "silent";
    symptom.node = key.node;
    if (view.subject(record).kind == Subject::Kind::own) symptom.to = std::string(view.subject(record).to);
    symptom.record = record;
    symptom.sentence = fmt::format("{} does not answer ({})", key.node, to_string(view.now(record).failure));
    symptoms.push_back(std::move(symptom));
  }
}

/// The part of a trouble that stays the same from round to round.
std::string subject_of_trouble(std::string_view trouble) {
  std::string text(trouble.substr(0, trouble.find(": ")));
  std::erase_if(text, [](char c) { return c >= '0' && c <= '9'; });
  return text;
}

void find_troubles(const RoundView& view, Symptoms& symptoms) {
  for (const std::string& trouble : view.round().troubles) {
    Symptom symptom;
    symptom.kind = ProblemKind::watcher_impaired;
    symptom.scope = Scope::watcher;
    symptom.what = subject_of_trouble(trouble);
    symptom.sentence = trouble;
    symptoms.push_back(std::move(symptom));
  }
}

/// Node, from, to.
using PairPlace = std::tuple<std::string_view, std::string_view, std::string_view>;

PairPlace place_of(const CoalescibleRecord& pair) {
  return {pair.node, pair.from, pair.to};
}

/// Whether a problem told of the pair: it stays new until that is at an end.
bool is_under_way(const RoundView& view, const CoalescibleRecord& pair) {
  const auto has = [](const std::vector<std::string>& list, const std::string& text) {
    return std::find(list.begin(), list.end(), text) != list.end();
  };
  const std::vector<Problem>& problems = view.past().problems;
  return std::any_of(problems.begin(), problems.end(), [&](const Problem& problem) {
    return problem.kind == ProblemKind::newly_coalescible && has(problem.nodes, pair.node) &&
           has(problem.affected_names, pair.from) && has(problem.affected_names, pair.to);
  });
}

Severity severity_of(CellVerdict would_get) {
  if (is_misdirection(would_get)) return Severity::error;
  return would_get == CellVerdict::own || would_get == CellVerdict::indistinct ? Severity::info
                                                                               : Severity::warning;
}

void find_new_pairs(const RoundView& view, Symptoms& symptoms) {
  std::set<PairPlace> were_apart;
  for (const CoalescibleRecord& pair : view.past().coalescible)
    if (pair.clients.empty()) were_apart.insert(place_of(pair));
  for (const CoalescibleRecord& pair : view.round().coalescible) {
    if (pair.clients.empty() || (!were_apart.contains(place_of(pair)) && !is_under_way(view, pair))) continue;
    Symptom symptom;
    symptom.kind = ProblemKind::newly_coalescible;
    symptom.severity = severity_of(pair.would_get);
    symptom.scope = Scope::pair;
    symptom.what = "coalescible";
    symptom.node = pair.node;
    symptom.from = pair.from;
    symptom.to = pair.to;
    symptom.other = pair.clients;
    symptom.sentence = fmt::format("{} put {} on the connection of {} at {}, where it gets: {}", pair.clients,
                                   pair.to, pair.from, pair.node, to_string(pair.would_get));
    symptoms.push_back(std::move(symptom));
  }
}

void find_rising_refusals(const RoundView& view, const AlertSettings& settings, Symptoms& symptoms) {
  std::map<PairPlace, double> means;
  for (const auto& [pair, mean] : view.past().mean_refusals)
    means.emplace(PairPlace(pair.node, pair.from, pair.to), mean);
  for (const RefusalCount& refusals : view.round().refusals) {
    const auto mean = means.find(PairPlace(refusals.node, refusals.from, refusals.to));
    const double usual = mean == means.end() ? 0 : mean->second;
    if (refusals.count < settings.refusals_at_least ||
        static_cast<double>(refusals.count) < settings.refusals_times * usual)
      continue;
    Symptom symptom;
    symptom.kind = ProblemKind::refusals_rising;
    symptom.scope = Scope::pair;
    symptom.what = "421s in the logs";
    symptom.node = refusals.node;
    symptom.from = refusals.from;
    symptom.to = refusals.to;
    symptom.sentence = fmt::format(
        "{} logged {} answers 421 for {} on connections of {} in this round, where {:.1f} were usual",
        refusals.node, refusals.count, refusals.to.empty() ? "(unknown)" : refusals.to,
        refusals.from.empty() ? "(no SNI)" : refusals.from, usual);
    symptoms.push_back(std::move(symptom));
  }
}

}  // namespace

void find_round_symptoms(const RoundView& view, const AlertSettings& settings, Symptoms& symptoms) {
  find_troubles(view, symptoms);
  find_silent_nodes(view, symptoms);
  find_new_pairs(view, symptoms);
  find_rising_refusals(view, settings, symptoms);
}

}  // namespace astray::watch
