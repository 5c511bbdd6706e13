#pragma once
#include <span>

#include "watch/store/answers.h"
#include "watch/store/evidence.h"

namespace astray::watch {

/// The pieces that rows refer to.
struct Dictionaries {
  explicit Dictionaries(Database& database) : terms(database), answers(database), evidence(database) {}
  void forget_cached() {
    terms.forget_cached();
    answers.forget_cached();
  }

  Terms terms;
  Answers answers;
  Evidence evidence;
};

/// A question by numbers.
struct QuestionKey {
  int64_t authority = 0, sni = 0, node = 0, alpn = 0, reused = 0, client_certificate = 0;
  auto operator<=>(const QuestionKey&) const = default;
};
/// The number of an ALPN offer in the tables; stable, whatever becomes of the enumeration.
int64_t stored_alpn(AlpnOffer offer);
AlpnOffer alpn_of(int64_t stored);
/// Every node, every name that a question was asked of.
std::vector<int64_t> nodes_of_questions(Database& database);
std::vector<int64_t> authorities_of_questions(Database& database);

/// What was asked, and how each question was answered last. An answer that differs from the one before ends
/// its span.
class Questions {
 public:
  Questions(Database& database, Dictionaries& dictionaries);

  std::optional<CellAnswer> latest(const CellKey& key);
  /// Of a question that stands there twice the last answer counts.
  void add_round(int64_t round, Instant began, std::span<const CellRecord> answers);

 private:
  /// A question's present span.
  struct Present {
    int64_t id = 0, answer = 0, sentence = 0;
    Instant first;
  };
  std::optional<QuestionKey> find_key(const CellKey& key);
  QuestionKey intern_key(const CellKey& key, Instant now);
  std::optional<Present> find(const QuestionKey& key);
  void add(int64_t round, Instant began, const QuestionKey& key, const CellRecord& record);
  int64_t intern_sentence(const CellRecord& record, Instant now);

  Dictionaries& dictionaries_;
  Statement find_, begin_, extend_, end_span_, change_;
};

}  // namespace astray::watch
