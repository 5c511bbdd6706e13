#pragma once
// What a store must answer about cells, by plain maps: the store is held against it over random rounds.
#include <algorithm>
#include <map>
#include <tuple>

#include "watch/store/store.h"

namespace astray::watch::test {

class ModelStore {
 public:
  void add_round(const RoundRecord& round) {
    std::map<CellKey, const CellRecord*> asked;
    for (const CellRecord& record : round.answers) asked[record.key] = &record;
    for (const auto& [key, record] : asked) {
      std::vector<Span>& spans = spans_[key];
      if (spans.empty() || spans.back().answer != record->answer)
        spans.push_back({.key = key,
                         .answer = record->answer,
                         .sentence = record->sentence,
                         .evidence = record->evidence,
                         .first = round.began,
                         .last = round.began,
                         .rounds = 1});
      else {
        spans.back().last = std::max(round.began, spans.back().first);
        ++spans.back().rounds;
      }
    }
  }

  std::optional<CellAnswer> latest(const CellKey& key) const {
    const auto found = spans_.find(key);
    if (found == spans_.end()) return std::nullopt;
    return found->second.back().answer;
  }

  std::vector<Span> spans(const SpanQuery& query) const {
    std::vector<Span> found;
    for (const auto& [key, spans] : spans_)
      for (const Span& span : spans)
        if (matches(span, query)) found.push_back(span);
    return found;
  }
  std::vector<Span> present(const SpanQuery& query) const {
    std::vector<Span> found;
    for (const auto& [key, spans] : spans_)
      if (matches(spans.back(), query)) found.push_back(spans.back());
    return found;
  }

  /// A question whose last answer is older goes with all its past.
  void forget_before(Instant then) {
    for (auto question = spans_.begin(); question != spans_.end();) {
      std::vector<Span>& spans = question->second;
      if (spans.back().last < then) {
        question = spans_.erase(question);
        continue;
      }
      std::erase_if(spans, [&](const Span& span) { return span.last < then; });
      ++question;
    }
  }

 private:
  static bool matches(const Span& span, const SpanQuery& query) {
    return (!query.authority || *query.authority == span.key.authority) &&
           (!query.sni || *query.sni == span.key.sni) && (!query.node || *query.node == span.key.node) &&
           (!query.from || *query.from <= span.last) && (!query.until || span.first <= *query.until);
  }

  std::map<CellKey, std::vector<Span>> spans_;
};

}  // namespace astray::watch::test
