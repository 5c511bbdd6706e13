#include "watch/store/problems.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "watch/store/record_codec.h"
#include "watch/store/stored_words.h"

namespace astray::watch {
namespace {

/// What a round changes of a problem that goes on. It has columns of its own, so that the rest, with its
/// evidence, is written only when it is another.
std::string lasting_content(Problem problem) {
  problem.last_seen = {};
  problem.rounds_missing = 0;
  return encode(problem);
}

bool is_unresolved(const Problem& problem) {
  return problem.state == ProblemState::suspected || problem.state == ProblemState::open;
}

}  // namespace

Problems::Problems(Database& database)
    : database_(database),
      put_(database,
           "INSERT INTO problem(id, kind, state, last_seen, rounds_missing, closed, content) "
           "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(id) DO UPDATE SET kind = ?2, state = ?3, "
           "last_seen = ?4, rounds_missing = ?5, closed = ?6, content = ?7"),
      touch_(database,
             "UPDATE problem SET last_seen = ?2, rounds_missing = ?3 WHERE id = ?1 AND content = ?4 "
             "RETURNING 1"),
      unresolved_(database,
                  "SELECT last_seen, rounds_missing, content FROM problem "
                  "WHERE state IN ('suspected', 'open') ORDER BY id"),
      find_(database, "SELECT last_seen, rounds_missing, content FROM problem WHERE id = ?1"),
      forget_(database, "DELETE FROM problem WHERE id = ?1"),
      add_event_(database, "INSERT INTO event(at, step, problem, content) VALUES(?1, ?2, ?3, ?4)") {}

std::optional<Problem> Problems::read(Statement& row) {
  auto problem = decode_problem(row.blob(2));
  if (!problem) {
    database_.note(StoreTrouble::corrupt,
                   fmt::format("store {}: a problem cannot be read", database_.path()));
    return std::nullopt;
  }
  problem->last_seen = row.instant(0);
  problem->rounds_missing = static_cast<uint32_t>(row.integer(1));
  return problem;
}

void Problems::put(const Problem& problem) {
  const std::string content = lasting_content(problem);
  if (touch_.with(problem.id, problem.last_seen, problem.rounds_missing, Blob{content}).next()) return;
  // Closed is what rests: when it was closed says until when it is kept.
  const auto closed =
      is_unresolved(problem) ? std::nullopt : std::optional(problem.closed.value_or(problem.last_seen));
  put_.with(problem.id, to_string(problem.kind), to_string(problem.state), problem.last_seen,
            problem.rounds_missing, closed, Blob{content});
  put_.run();
}

void Problems::forget_suspected(const std::set<std::string_view>& there) {
  Statement suspected(database_, "SELECT id FROM problem WHERE state = 'suspected'");
  std::vector<std::string> gone;
  for (suspected.with(); suspected.next();)
    if (!there.contains(suspected.text(0))) gone.emplace_back(suspected.text(0));
  for (const std::string& id : gone) forget_.with(id).run();
}

void Problems::add_round(RoundRecord& round) {
  std::set<std::string_view> there;
  for (const Problem& problem : round.problems) there.insert(problem.id);
  forget_suspected(there);
  // A problem that an event ends is no longer among the round's, or stands there as it was before.
  for (const Problem& problem : round.problems) put(problem);
  for (ProblemEvent& event : round.events) {
    if (!is_unresolved(event.problem) || !there.contains(event.problem.id)) put(event.problem);
    put_event(event);
  }
}

void Problems::add(ProblemEvent& event) {
  put(event.problem);
  put_event(event);
}

void Problems::put_event(ProblemEvent& event) {
  const std::string content = encode(event.problem);
  add_event_.with(event.at, to_string(event.step), event.problem.id, Blob{content}).run();
  event.number = static_cast<uint64_t>(database_.inserted());
}

std::vector<Problem> Problems::unresolved() {
  std::vector<Problem> problems;
  for (unresolved_.with(); unresolved_.next();)
    if (auto problem = read(unresolved_)) problems.push_back(std::move(*problem));
  return problems;
}

std::optional<Problem> Problems::find(std::string_view id) {
  return find_.with(id).next() ? read(find_) : std::nullopt;
}

std::vector<ProblemEvent> Problems::events(const EventQuery& query) {
  Statement statement(database_,
                      fmt::format("SELECT number, at, step, content FROM event WHERE number > ?1 AND number "
                                  "< ?6 AND at BETWEEN ?2 AND "
                                  "?3 {} ORDER BY number {} LIMIT ?5",
                                  query.problem ? "AND problem = ?4" : "", query.after ? "" : "DESC"));
  constexpr int64_t lowest = std::numeric_limits<int64_t>::min();
  constexpr int64_t highest = std::numeric_limits<int64_t>::max();
  statement.with(query.after.value_or(0), query.from.value_or(Instant{lowest}),
                 query.until.value_or(Instant{highest}), query.problem, query.most,
                 query.before.value_or(highest));
  std::vector<ProblemEvent> events;
  while (statement.next()) {
    auto problem = decode_problem(statement.blob(3));
    if (!problem) {
      database_.note(StoreTrouble::corrupt,
                     fmt::format("store {}: an event cannot be read", database_.path()));
      return {};
    }
    events.push_back({.number = static_cast<uint64_t>(statement.integer(0)),
                      .at = statement.instant(1),
                      .step = from_word(statement.text(2), ProblemStep::grown),
                      .problem = std::move(*problem)});
  }
  return events;
}

}  // namespace astray::watch
