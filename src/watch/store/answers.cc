#include "watch/store/answers.h"

#include <fmt/format.h>

#include "watch/store/record_codec.h"
#include "watch/store/stored_words.h"

namespace astray::watch {
namespace {

/// Some ten megabytes, as of the terms.
constexpr size_t most_answers_cached = 20'000;

CellAnswer read_answer(Statement& row) {
  CellAnswer answer;
  answer.verdict = from_word(row.text(0), answer.verdict);
  answer.reason = from_word(row.text(1), answer.reason);
  answer.failure = from_word(row.text(2), answer.failure);
  answer.agreement = from_word(row.text(3), answer.agreement);
  answer.status = static_cast<int>(row.integer(4));
  answer.protocol = row.text(5);
  answer.certificate = row.text(6);
  answer.certificate_covers = row.integer(7) != 0;
  answer.client_certificate_requested = row.integer(8) != 0;
  answer.trust = from_word(row.text(9), answer.trust);
  answer.answered_as = row.text(10);
  answer.answered_by = row.text(11);
  answer.difference = row.text(12);
  answer.source = row.text(13);
  answer.page = row.text(14);
  return answer;
}

}  // namespace

Answers::Answers(Database& database)
    : database_(database),
      intern_(
          database,
          "INSERT INTO answer(verdict, reason, failure, agreement, status, protocol, certificate, "
          "certificate_covers, client_certificate_requested, trust, answered_as, answered_by, difference, "
          "source, page, seen) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) "
          "ON CONFLICT DO UPDATE SET seen = max(seen, ?16) RETURNING id"),
      answer_(
          database,
          "SELECT verdict, reason, failure, agreement, status, protocol, certificate, certificate_covers, "
          "client_certificate_requested, trust, answered_as, answered_by, difference, source, page "
          "FROM answer WHERE id = ?1") {}

int64_t Answers::intern(const CellAnswer& answer, Instant now) {
  std::string content = encode(answer);
  if (const auto found = by_content_.find(content);
      found != by_content_.end() && found->second.seen >= now.unix_seconds - seen_grain)
    return found->second.id;
  intern_.with(to_string(answer.verdict), to_string(answer.reason), to_string(answer.failure),
               to_string(answer.agreement), answer.status, answer.protocol, answer.certificate,
               answer.certificate_covers, answer.client_certificate_requested, to_string(answer.trust),
               answer.answered_as, answer.answered_by, answer.difference, answer.source, answer.page, now);
  if (!intern_.next()) return 0;
  const Known known{.id = intern_.integer(0), .seen = now.unix_seconds};
  make_room();
  by_content_.insert_or_assign(std::move(content), known);
  return known.id;
}

const CellAnswer& Answers::answer(int64_t id) {
  static const CellAnswer none;
  if (const auto found = by_id_.find(id); found != by_id_.end()) return found->second;
  if (!answer_.with(id).next()) {
    database_.note(
        StoreTrouble::corrupt,
        fmt::format("store {}: a row names the answer {}, which is not there", database_.path(), id));
    return none;
  }
  make_room();
  return by_id_.emplace(id, read_answer(answer_)).first->second;
}

void Answers::make_room() {
  if (by_content_.size() >= most_answers_cached) by_content_.clear();
  if (by_id_.size() >= most_answers_cached) by_id_.clear();
}

void Answers::forget_cached() {
  by_content_.clear();
  by_id_.clear();
}

}  // namespace astray::watch
