#include "watch/store/questions.h"

#include <algorithm>
#include <limits>

#include "watch/store/sentence_pattern.h"

namespace astray::watch {

int64_t stored_alpn(AlpnOffer offer) {
  switch (offer) {
    case AlpnOffer::none:
      return 0;
    case AlpnOffer::h1:
      return 1;
    case AlpnOffer::h2:
      return 2;
    case AlpnOffer::h2_only:
      return 3;
  }
  return 0;
}

AlpnOffer alpn_of(int64_t stored) {
  for (AlpnOffer offer : {AlpnOffer::h1, AlpnOffer::h2, AlpnOffer::h2_only})
    if (stored_alpn(offer) == stored) return offer;
  return AlpnOffer::none;
}

namespace {

/// `next`: the smallest number above ?1. From one to the next in an index, where DISTINCT would go over every
/// question.
std::vector<int64_t> walk(Database& database, std::string_view next) {
  std::vector<int64_t> numbers;
  Statement statement(database, next);
  while (statement.with(numbers.empty() ? std::numeric_limits<int64_t>::min() : numbers.back()).next())
    numbers.push_back(statement.integer(0));
  return numbers;
}

}  // namespace

std::vector<int64_t> nodes_of_questions(Database& database) {
  return walk(database, "SELECT node FROM question WHERE node > ?1 ORDER BY node LIMIT 1");
}

std::vector<int64_t> authorities_of_questions(Database& database) {
  return walk(database, "SELECT authority FROM question WHERE authority > ?1 ORDER BY authority LIMIT 1");
}

Questions::Questions(Database& database, Dictionaries& dictionaries)
    : dictionaries_(dictionaries),
      find_(database,
            "SELECT id, answer, sentence, first FROM question WHERE authority = ?1 AND sni = ?2 AND node = "
            "?3 AND "
            "alpn = ?4 AND reused = ?5 AND client_certificate = ?6"),
      begin_(
          database,
          "INSERT INTO question(authority, sni, node, alpn, reused, client_certificate, round, first, last, "
          "rounds, answer, sentence, evidence) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, 1, ?9, ?10, ?11)"),
      extend_(database, "UPDATE question SET last = ?2, rounds = rounds + 1 WHERE id = ?1"),
      end_span_(database,
                "INSERT INTO span SELECT id, round, first, last, rounds, answer, sentence, evidence "
                "FROM question WHERE id = ?1"),
      change_(
          database,
          "UPDATE question SET round = ?2, first = ?3, last = ?3, rounds = 1, answer = ?4, sentence = ?5, "
          "evidence = ?6 WHERE id = ?1") {}

std::optional<QuestionKey> Questions::find_key(const CellKey& key) {
  const auto authority = dictionaries_.terms.find(key.authority);
  const auto sni = dictionaries_.terms.find(key.sni);
  const auto node = dictionaries_.terms.find(key.node);
  if (!authority || !sni || !node) return std::nullopt;
  return QuestionKey{.authority = *authority,
                     .sni = *sni,
                     .node = *node,
                     .alpn = stored_alpn(key.alpn),
                     .reused = key.use == ConnectionUse::reused ? 1 : 0,
                     .client_certificate = key.client_certificate};
}

QuestionKey Questions::intern_key(const CellKey& key, Instant now) {
  return {.authority = dictionaries_.terms.intern(key.authority, now),
          .sni = dictionaries_.terms.intern(key.sni, now),
          .node = dictionaries_.terms.intern(key.node, now),
          .alpn = stored_alpn(key.alpn),
          .reused = key.use == ConnectionUse::reused ? 1 : 0,
          .client_certificate = key.client_certificate};
}

std::optional<Questions::Present> Questions::find(const QuestionKey& key) {
  find_.with(key.authority, key.sni, key.node, key.alpn, key.reused, key.client_certificate);
  if (!find_.next()) return std::nullopt;
  return Present{.id = find_.integer(0),
                 .answer = find_.integer(1),
                 .sentence = find_.integer(2),
                 .first = find_.instant(3)};
}

std::optional<CellAnswer> Questions::latest(const CellKey& key) {
  const auto numbers = find_key(key);
  if (!numbers) return std::nullopt;
  const auto present = find(*numbers);
  if (!present) return std::nullopt;
  return dictionaries_.answers.answer(present->answer);
}

int64_t Questions::intern_sentence(const CellRecord& record, Instant now) {
  const SentenceNames names{record.key.authority, record.key.sni, record.key.node, record.answer.answered_as};
  return dictionaries_.terms.intern(pattern_of(record.sentence, names), now);
}

void Questions::add(int64_t round, Instant began, const QuestionKey& key, const CellRecord& record) {
  const int64_t answer = dictionaries_.answers.intern(record.answer, began);
  const auto present = find(key);
  if (present && present->answer == answer) {
    // A clock that was set back makes no span end before it began.
    extend_.with(present->id, std::max(began, present->first)).run();
    dictionaries_.terms.touch(present->sentence, began);
    return;
  }
  const int64_t sentence = intern_sentence(record, began);
  const auto evidence = dictionaries_.evidence.add(record.evidence);
  if (!present) {
    begin_.with(key.authority, key.sni, key.node, key.alpn, key.reused, key.client_certificate, round, began,
                answer, sentence, evidence);
    begin_.run();
    return;
  }
  end_span_.with(present->id).run();
  change_.with(present->id, round, began, answer, sentence, evidence).run();
}

void Questions::add_round(int64_t round, Instant began, std::span<const CellRecord> answers) {
  struct Asked {
    QuestionKey key;
    const CellRecord* record;
  };
  std::vector<Asked> asked;
  asked.reserve(answers.size());
  for (const CellRecord& record : answers) asked.push_back({intern_key(record.key, began), &record});
  // In the index's order, so that each of its pages is visited once; those that stand there twice meet.
  std::stable_sort(asked.begin(), asked.end(), [](const Asked& a, const Asked& b) { return a.key < b.key; });
  for (size_t i = 0; i < asked.size(); ++i)
    if (i + 1 == asked.size() || asked[i].key != asked[i + 1].key)
      add(round, began, asked[i].key, *asked[i].record);
}

}  // namespace astray::watch
