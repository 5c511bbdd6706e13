#pragma once
#include "watch/store/questions.h"

namespace astray::watch {

/// A span as its row has it.
struct SpanRow {
  int64_t question = 0, round = 0;
  Instant first, last;
  int64_t rounds = 0, answer = 0, sentence = 0;
  std::optional<int64_t> evidence;
};

/// Collects rows, and keeps the newest so many: those that lasted until most recently.
class NewestRows {
 public:
  explicit NewestRows(size_t most) : most_(most) {}
  void add(const SpanRow& row);
  /// Newest first.
  std::vector<SpanRow> take();

 private:
  void cut();
  size_t most_;
  std::vector<SpanRow> rows_;
};

/// Answers questions about spans. No row is decoded that is not among those asked for, and no table is read
/// from its beginning: by name it goes over the questions' index, without one over the spans' age.
class SpanReader {
 public:
  SpanReader(Database& database, Dictionaries& dictionaries);

  std::vector<Span> spans(const SpanQuery& query);
  std::vector<Span> present(const SpanQuery& query);

 private:
  /// A query in the tables' numbers.
  struct Numbers {
    std::optional<int64_t> authority, sni, node;
    int64_t from = 0, until = 0;
    size_t most = 0;
  };
  /// Nothing when it names what was never asked.
  std::optional<Numbers> numbers_of(const SpanQuery& query);
  /// The same by what the indices begin with.
  std::vector<Numbers> parts_of(const Numbers& query);
  void add_present(const Numbers& query, NewestRows& rows);
  void add_past(const Numbers& query, NewestRows& rows);
  std::vector<int64_t> questions_of(const Numbers& query);
  std::vector<Span> decode(const std::vector<SpanRow>& rows);
  CellKey key_of(int64_t question);

  Database& database_;
  Dictionaries& dictionaries_;
  Statement key_;
};

}  // namespace astray::watch
