#pragma once
// The page's API as JSON (docs/watch-api.md, docs/schema/watch-api.schema.json). Every list is bounded, and
// says how many there are where it is cut.
#include <string>

#include "base/json_writer.h"
#include "watch/page/board.h"
#include "watch/page/ladder.h"
#include "watch/state.h"
#include "watch/store/store.h"

namespace astray::watch {

/// Whether whoever may see the page may also change something on it.
enum class PageUse : uint8_t { shows, changes };
std::string state_json(const WatchState& state, Instant now, PageUse use);
/// The answer to a change; `silence`: its number, where it is about one.
std::string done_json(std::optional<uint64_t> silence);

/// A problem in a list: without evidence, symptoms and what to do.
void write_problem_brief(JsonWriter& json, const Problem& problem);
/// `number`: of the event in its round's store; with the brief of its problem.
void write_event_brief(JsonWriter& json, const ProblemEvent& event);

/// `events`: one more than are shown when there are more.
std::string events_json(const std::vector<ProblemEvent>& events, size_t most);
/// `events`: of this problem, the newest first.
std::string problem_json(const Problem& problem, const std::vector<ProblemEvent>& events);

/// What happened from `from` to `until`, in so many equal pieces of time; `refused`: pairs, most frequent
/// first.
struct TimeLine {
  Instant from, until;
  size_t pieces = 1;
  std::vector<RoundSummary> rounds{};
  std::vector<ProblemEvent> events{};  ///< all of this time
  std::vector<RefusalCount> refused{};
};
std::string time_line_json(const TimeLine& time_line);

/// Past and present of one pair: its own spans, and what its two names are answered on connections of their
/// own.
struct CellPast {
  std::string from, to;
  std::vector<Span> pair{}, from_alone{}, to_alone{};
  std::vector<CertificateRecord> certificates{};  ///< that these answers had
  std::optional<Ladders> ladders{};               ///< of a pair of two names that was asked somewhere
};
std::string cell_json(const CellPast& cell);

struct MatrixChoice {
  NamePage rows{}, columns{};
  std::optional<size_t> node{}, lane{};
};
std::string matrix_json(const Board& board, const MatrixChoice& choice);
std::string parity_json(const Board& board, const NamePage& page);
std::string sharing_json(const Board& board, const std::vector<CertificateRecord>& certificates);

}  // namespace astray::watch
