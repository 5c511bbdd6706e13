#pragma once
// A name's or a pair's past, out of the store: how it was answered since when on which node, what changed, and
// what the problem was.
#include <string>
#include <vector>

#include "watch/store/store.h"

namespace astray::watch {

struct HistoryQuestion {
  std::string from;  ///< in SNI
  std::string to;    ///< asked for; the same as `from` for a name's own answers
  std::optional<std::string> node;
  std::optional<Instant> since, until;

  static constexpr size_t most_spans = 10'000;
  static constexpr size_t most_events = 10'000;
};

/// An answer that became another, or the first one. What became the same at one time on several nodes, or
/// asked in several ways, is one change.
struct AnswerChange {
  Instant at;
  std::optional<CellAnswer> before;  ///< absent: nothing was known before
  CellAnswer now;
  std::string sentence;            ///< of the first of them
  std::vector<std::string> nodes;  ///< sorted
  std::vector<std::string> ways;   ///< "h2, fresh", sorted
};

struct History {
  HistoryQuestion question;
  std::vector<Span> present;          ///< the last span of each question, by node and way
  std::vector<Span> spans;            ///< newest first
  std::vector<AnswerChange> changes;  ///< newest first
  std::vector<ProblemEvent> events;   ///< newest first, of problems that concern the question
  bool whole = true;                  ///< false: there is more than the bounds let in, and the oldest is left out
};

Stored<History> history_of(Store& store, const HistoryQuestion& question);

/// "h2, fresh", "h1, reused, client certificate 2".
std::string way_text(const CellKey& key);
/// "own answer, 200, h2, certificate 0123456789ab".
std::string answer_text(const CellAnswer& answer);
/// What differs: "status 200 → 421, certificate 01… → 02…"; "" when nothing does.
std::string change_text(const CellAnswer& before, const CellAnswer& now);

}  // namespace astray::watch
