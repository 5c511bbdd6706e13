#include "watch/store/retention.h"

#include <fmt/format.h>

namespace astray::watch {
namespace {

constexpr int64_t seconds_of_day = 86400;

constexpr const char* ended_rounds =
    "DELETE FROM round WHERE number IN (SELECT number FROM round WHERE began < ?1 LIMIT ?2) RETURNING number";
/// What people were told of a problem that lasts is kept as long as it does.
constexpr const char* ended_events =
    "DELETE FROM event WHERE number IN (SELECT number FROM event WHERE at < ?1 AND problem NOT IN "
    "(SELECT id FROM problem WHERE state IN ('suspected', 'open')) LIMIT ?2) RETURNING number";
constexpr const char* ended_problems =
    "DELETE FROM problem WHERE id IN (SELECT id FROM problem WHERE closed < ?1 LIMIT ?2) RETURNING id";
constexpr const char* old_parcels =
    "DELETE FROM parcel WHERE number IN (SELECT number FROM parcel WHERE made < ?1 LIMIT ?2) RETURNING "
    "number";
constexpr const char* ended_silences =
    "DELETE FROM silence WHERE number IN (SELECT number FROM silence WHERE until < ?1 LIMIT ?2) RETURNING "
    "number";

constexpr const char* unused[] = {
    "DELETE FROM coalescible WHERE (node, sni, authority) IN (SELECT node, sni, authority FROM coalescible "
    "WHERE seen < ?1 LIMIT ?2) RETURNING 1",
    "DELETE FROM certificate WHERE fingerprint IN (SELECT fingerprint FROM certificate WHERE seen < ?1 LIMIT "
    "?2) RETURNING 1",
    "DELETE FROM answer WHERE id IN (SELECT id FROM answer WHERE seen < ?1 LIMIT ?2) RETURNING 1",
    "DELETE FROM term WHERE id IN (SELECT id FROM term WHERE seen < ?1 LIMIT ?2) RETURNING 1",
};

}  // namespace

size_t Retention::forget_rows(const char* sql, Instant then, size_t most) {
  if (most == 0) return 0;
  size_t rows = 0;
  Statement statement(database_, sql);
  for (statement.with(then, most); statement.next();) ++rows;
  return rows;
}

/// Deletes spans with their evidence.
size_t Retention::forget_spans(std::string_view which, int64_t value, size_t most) {
  std::vector<int64_t> evidence;
  size_t rows = 0;
  Statement spans(database_,
                  fmt::format("DELETE FROM span WHERE (question, round) IN (SELECT question, round "
                              "FROM span WHERE {} LIMIT ?2) RETURNING evidence",
                              which));
  for (spans.with(value, most); spans.next(); ++rows)
    if (!spans.is_null(0)) evidence.push_back(spans.integer(0));
  Statement forget(database_, "DELETE FROM evidence WHERE id = ?1");
  for (int64_t id : evidence) forget.with(id).run();
  return rows;
}

size_t Retention::forget_questions(Instant then, size_t most) {
  std::vector<int64_t> questions, evidence;
  Statement statement(
      database_,
      "DELETE FROM question WHERE id IN (SELECT id FROM question WHERE node = ?1 AND last < ?2 "
      "LIMIT ?3) RETURNING id, evidence");
  for (int64_t node : nodes_of_questions(database_)) {
    if (questions.size() == most) break;
    for (statement.with(node, then, most - questions.size()); statement.next();) {
      questions.push_back(statement.integer(0));
      if (!statement.is_null(1)) evidence.push_back(statement.integer(1));
    }
  }
  // A clock that was set back may have left spans that ended later than the last one.
  for (int64_t question : questions) forget_spans("question = ?1", question, no_limit);
  Statement forget(database_, "DELETE FROM evidence WHERE id = ?1");
  for (int64_t id : evidence) forget.with(id).run();
  return questions.size();
}

size_t Retention::forget_rounds(Instant then, size_t most) {
  std::vector<int64_t> rounds;
  Statement statement(database_, ended_rounds);
  for (statement.with(then, most); statement.next();) rounds.push_back(statement.integer(0));
  Statement refusals(database_, "DELETE FROM refusal WHERE round = ?1");
  for (int64_t round : rounds) refusals.with(round).run();
  return rounds.size();
}

size_t Retention::forget_unused(Instant then, size_t most) {
  const int64_t day = then.unix_seconds / seconds_of_day;
  if (most == 0 || swept_until_ == day) return 0;
  const Instant unused_since{then.unix_seconds - seen_grain};
  size_t rows = 0;
  for (const char* sql : unused) rows += forget_rows(sql, unused_since, most - rows);
  if (rows < most) swept_until_ = day;
  // Their numbers may be given to others now.
  if (rows > 0) dictionaries_.forget_cached();
  return rows;
}

bool Retention::forget_before(Instant then, size_t most) {
  size_t rows = forget_spans("last < ?1", then.unix_seconds, most);
  if (rows < most) rows += forget_questions(then, most - rows);
  if (rows < most) rows += forget_rounds(then, most - rows);
  for (const char* sql : {ended_problems, ended_events, ended_silences, old_parcels})
    rows += forget_rows(sql, then, most - rows);
  // Only once no span that ended before is left: it would name them.
  if (rows < most) rows += forget_unused(then, most - rows);
  return rows >= most;
}

}  // namespace astray::watch
