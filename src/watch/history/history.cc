#include "watch/history/history.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "watch/store/record_codec.h"

namespace astray::watch {
namespace {

bool names(const Problem& problem, const std::string& name) {
  return problem.to == name || problem.from == name ||
         std::find(problem.affected_names.begin(), problem.affected_names.end(), name) !=
             problem.affected_names.end();
}

/// Of the pair, of the name that was asked for, or of a node as a whole.
bool concerns(const Problem& problem, const HistoryQuestion& question) {
  if (question.node && !problem.nodes.empty() &&
      std::find(problem.nodes.begin(), problem.nodes.end(), *question.node) == problem.nodes.end())
    return false;
  switch (problem.kind) {
    case ProblemKind::nothing_answers:
    case ProblemKind::node_silent:
      return true;
    case ProblemKind::newly_coalescible:
    case ProblemKind::misdirected:
    case ProblemKind::verdict_changed:
    case ProblemKind::refusals_rising:
      // Told of a pair; of a name's own answers where both are the same.
      if (question.from != question.to && !problem.from.empty())
        return names(problem, question.from) && names(problem, question.to);
      return names(problem, question.to);
    default:
      return names(problem, question.to) || names(problem, question.from);
  }
}

std::vector<AnswerChange> changes_of(const std::vector<Span>& spans) {
  std::map<CellKey, std::vector<const Span*>> by_question;
  for (const Span& span : spans) by_question[span.key].push_back(&span);
  // What is alike is found by its bytes: an answer has no order of its own.
  std::map<std::tuple<int64_t, std::string, std::string>, AnswerChange> changes;
  std::map<std::tuple<int64_t, std::string, std::string>, std::set<std::string>> nodes, ways;
  for (auto& [key, past] : by_question) {
    std::sort(past.begin(), past.end(), [](const Span* a, const Span* b) { return a->first < b->first; });
    const Span* before = nullptr;
    for (const Span* span : past) {
      std::tuple id(span->first.unix_seconds, before == nullptr ? "" : encode(before->answer),
                    encode(span->answer));
      AnswerChange& change = changes[id];
      if (change.nodes.empty() && nodes[id].empty())
        change = {.at = span->first,
                  .before = before == nullptr ? std::nullopt : std::optional(before->answer),
                  .now = span->answer,
                  .sentence = span->sentence,
                  .nodes = {},
                  .ways = {}};
      nodes[id].insert(key.node);
      ways[id].insert(way_text(key));
      before = span;
    }
  }
  std::vector<AnswerChange> list;
  for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
    change->second.nodes.assign(nodes[change->first].begin(), nodes[change->first].end());
    change->second.ways.assign(ways[change->first].begin(), ways[change->first].end());
    list.push_back(std::move(change->second));
  }
  return list;
}

}  // namespace

Stored<History> history_of(Store& store, const HistoryQuestion& question) {
  History history{.question = question, .present = {}, .spans = {}, .changes = {}, .events = {}, .whole = true};
  SpanQuery query;
  query.authority = question.to;
  query.sni = question.from;
  query.node = question.node;
  query.from = question.since;
  query.until = question.until;
  query.most = HistoryQuestion::most_spans;
  auto spans = store.spans(query);
  if (!spans) return Failure<StoreError>(std::move(spans.error()));
  auto present = store.present(query);
  if (!present) return Failure<StoreError>(std::move(present.error()));
  EventQuery told;
  told.from = question.since;
  told.until = question.until;
  told.most = HistoryQuestion::most_events;
  auto events = store.events(told);
  if (!events) return Failure<StoreError>(std::move(events.error()));

  history.whole = spans->size() < query.most && events->size() < told.most;
  history.spans = std::move(*spans);
  history.present = std::move(*present);
  std::sort(history.present.begin(), history.present.end(),
            [](const Span& a, const Span& b) { return a.key < b.key; });
  history.changes = changes_of(history.spans);
  for (ProblemEvent& event : *events)
    if (concerns(event.problem, question)) history.events.push_back(std::move(event));
  return history;
}

}  // namespace astray::watch
