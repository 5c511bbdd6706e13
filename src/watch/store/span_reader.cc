#include "watch/store/span_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <tuple>

#include "watch/store/sentence_pattern.h"

namespace astray::watch {
namespace {

SpanRow read_row(Statement& row) {
  SpanRow span{.question = row.integer(0),
               .round = row.integer(1),
               .first = row.instant(2),
               .last = row.instant(3),
               .rounds = row.integer(4),
               .answer = row.integer(5),
               .sentence = row.integer(6),
               .evidence = {}};
  if (!row.is_null(7)) span.evidence = row.integer(7);
  return span;
}

bool is_newer(const SpanRow& a, const SpanRow& b) {
  return std::tuple(b.last, b.first, a.question, b.round) < std::tuple(a.last, a.first, b.question, a.round);
}

/// What the planner would have to guess (there are no statistics).
template <typename Numbers>
std::string_view index_for(const Numbers& query) {
  return query.authority ? "question_by_key" : "question_by_age";
}

/// The names that the query has.
template <typename Numbers>
std::string names_of(const Numbers& query) {
  std::string condition = "?4 <= ?5";
  if (query.authority) condition += " AND authority = ?1";
  if (query.sni) condition += " AND sni = ?2";
  if (query.node) condition += " AND node = ?3";
  return condition;
}

constexpr std::string_view in_time = "last >= ?4 AND first <= ?5 AND ?4 <= ?5";

}  // namespace

void NewestRows::add(const SpanRow& row) {
  rows_.push_back(row);
  if (rows_.size() >= 2 * most_ + 64) cut();
}

void NewestRows::cut() {
  if (rows_.size() <= most_) return;
  std::nth_element(rows_.begin(), rows_.begin() + static_cast<ptrdiff_t>(most_), rows_.end(), is_newer);
  rows_.resize(most_);
}

std::vector<SpanRow> NewestRows::take() {
  cut();
  std::sort(rows_.begin(), rows_.end(), is_newer);
  return std::move(rows_);
}

SpanReader::SpanReader(Database& database, Dictionaries& dictionaries)
    : database_(database),
      dictionaries_(dictionaries),
      key_(database,
           "SELECT authority, sni, node, alpn, reused, client_certificate FROM question WHERE id = ?1") {}

std::optional<SpanReader::Numbers> SpanReader::numbers_of(const SpanQuery& query) {
  Numbers numbers{.authority = {},
                  .sni = {},
                  .node = {},
                  .from = query.from ? query.from->unix_seconds : std::numeric_limits<int64_t>::min(),
                  .until = query.until ? query.until->unix_seconds : std::numeric_limits<int64_t>::max(),
                  .most = query.most};
  const auto find = [&](const std::optional<std::string>& text, std::optional<int64_t>& number) {
    if (!text) return true;
    number = dictionaries_.terms.find(*text);
    return number.has_value();
  };
  if (!find(query.authority, numbers.authority) || !find(query.sni, numbers.sni) ||
      !find(query.node, numbers.node))
    return std::nullopt;
  return numbers;
}

std::vector<SpanReader::Numbers> SpanReader::parts_of(const Numbers& query) {
  std::vector<Numbers> parts;
  Numbers part = query;
  if (query.authority || (query.node && !query.sni)) return {query};
  if (query.sni) {
    // An index by SNI alone would cost each new question a page; this costs a look for each name.
    for (int64_t authority : authorities_of_questions(database_)) {
      part.authority = authority;
      parts.push_back(part);
    }
  } else {
    for (int64_t node : nodes_of_questions(database_)) {
      part.node = node;
      parts.push_back(part);
    }
  }
  return parts;
}

void SpanReader::add_present(const Numbers& query, NewestRows& rows) {
  const std::vector<Numbers> parts = parts_of(query);
  if (parts.empty()) return;
  Statement statement(database_,
                      fmt::format("SELECT id, round, first, last, rounds, answer, sentence, evidence FROM "
                                  "question INDEXED BY {} WHERE {} AND {} ORDER BY last DESC LIMIT ?6",
                                  index_for(parts.front()), names_of(parts.front()), in_time));
  for (const Numbers& part : parts)
    for (statement.with(part.authority, part.sni, part.node, part.from, part.until, part.most);
         statement.next();)
      rows.add(read_row(statement));
}

std::vector<int64_t> SpanReader::questions_of(const Numbers& query) {
  std::vector<int64_t> questions;
  const std::vector<Numbers> parts = parts_of(query);
  if (parts.empty()) return questions;
  Statement statement(database_, fmt::format("SELECT id FROM question INDEXED BY question_by_key WHERE {}",
                                             names_of(parts.front())));
  for (const Numbers& part : parts)
    for (statement.with(part.authority, part.sni, part.node, part.from, part.until); statement.next();)
      questions.push_back(statement.integer(0));
  return questions;
}

void SpanReader::add_past(const Numbers& query, NewestRows& rows) {
  constexpr std::string_view columns =
      "SELECT question, round, first, last, rounds, answer, sentence, evidence FROM span";
  if (!query.authority && !query.sni) {
    Statement by_age(database_,
                     fmt::format("{} WHERE {} AND (?3 IS NULL OR ?3 = (SELECT node FROM question WHERE id = "
                                 "span.question)) ORDER BY last DESC LIMIT ?6",
                                 columns, in_time));
    by_age.with(std::nullopt, std::nullopt, query.node, query.from, query.until, query.most);
    while (by_age.next()) rows.add(read_row(by_age));
    return;
  }
  Statement past(database_, fmt::format("{} WHERE question = ?1 AND last >= ?2 AND first <= ?3 "
                                        "ORDER BY round DESC LIMIT ?4",
                                        columns));
  for (int64_t question : questions_of(query))
    for (past.with(question, query.from, query.until, query.most); past.next();) rows.add(read_row(past));
}

std::vector<Span> SpanReader::spans(const SpanQuery& query) {
  NewestRows rows(query.most);
  if (const auto numbers = numbers_of(query)) {
    add_present(*numbers, rows);
    add_past(*numbers, rows);
  }
  return decode(rows.take());
}

std::vector<Span> SpanReader::present(const SpanQuery& query) {
  NewestRows rows(query.most);
  if (const auto numbers = numbers_of(query)) add_present(*numbers, rows);
  return decode(rows.take());
}

CellKey SpanReader::key_of(int64_t question) {
  if (!key_.with(question).next()) {
    database_.note(StoreTrouble::corrupt,
                   fmt::format("store {}: a span names the question {}, which is not there", database_.path(),
                               question));
    return {};
  }
  return {.node = dictionaries_.terms.text(key_.integer(2)),
          .sni = dictionaries_.terms.text(key_.integer(1)),
          .authority = dictionaries_.terms.text(key_.integer(0)),
          .alpn = alpn_of(key_.integer(3)),
          .use = key_.integer(4) == 0 ? ConnectionUse::fresh : ConnectionUse::reused,
          .client_certificate = static_cast<uint32_t>(key_.integer(5))};
}

std::vector<Span> SpanReader::decode(const std::vector<SpanRow>& rows) {
  std::vector<Span> spans;
  for (const SpanRow& row : rows) {
    Span span{.key = key_of(row.question),
              .answer = dictionaries_.answers.answer(row.answer),
              .sentence = {},
              .evidence = row.evidence ? dictionaries_.evidence.text(*row.evidence) : "",
              .first = row.first,
              .last = row.last,
              .rounds = static_cast<uint64_t>(row.rounds)};
    const SentenceNames names{span.key.authority, span.key.sni, span.key.node, span.answer.answered_as};
    span.sentence = sentence_of(dictionaries_.terms.text(row.sentence), names);
    spans.push_back(std::move(span));
  }
  return spans;
}

}  // namespace astray::watch
