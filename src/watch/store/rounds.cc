#include "watch/store/rounds.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace astray::watch {

Rounds::Rounds(Database& database)
    : database_(database),
      add_(database,
           "INSERT INTO round(region, began, took, cells, failed, refusals, open_problems) "
           "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)") {}

void Rounds::add(RoundRecord& round) {
  const uint64_t refusals =
      std::accumulate(round.refusals.begin(), round.refusals.end(), uint64_t{0},
                      [](uint64_t sum, const RefusalCount& one) { return sum + one.count; });
  const auto open = std::count_if(round.problems.begin(), round.problems.end(),
                                  [](const Problem& problem) { return problem.state == ProblemState::open; });
  add_.with(round.region, round.began, round.took.count(), round.cells, round.failed, refusals, open).run();
  round.number = static_cast<uint64_t>(database_.inserted());
}

std::vector<RoundSummary> Rounds::since(std::optional<Instant> from, size_t most) {
  std::vector<RoundSummary> rounds;
  Statement statement(database_,
                      "SELECT number, began, took, cells, failed, refusals, open_problems FROM round "
                      "NOT INDEXED WHERE began >= ?1 ORDER BY number DESC LIMIT ?2");
  statement.with(from.value_or(Instant{std::numeric_limits<int64_t>::min()}), most);
  while (statement.next())
    rounds.push_back({.number = static_cast<uint64_t>(statement.integer(0)),
                      .began = statement.instant(1),
                      .took = Duration(statement.integer(2)),
                      .cells = static_cast<uint64_t>(statement.integer(3)),
                      .failed = static_cast<uint64_t>(statement.integer(4)),
                      .refusals = static_cast<uint64_t>(statement.integer(5)),
                      .open_problems = static_cast<uint64_t>(statement.integer(6))});
  return rounds;
}

}  // namespace astray::watch
