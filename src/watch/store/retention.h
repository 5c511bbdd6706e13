#pragma once
#include <limits>

#include "watch/store/questions.h"

namespace astray::watch {

/// Forgets, a slice at a time: first what ended, then the texts and answers that nothing can name any longer.
class Retention {
 public:
  Retention(Database& database, Dictionaries& dictionaries)
      : database_(database), dictionaries_(dictionaries) {}

  /// At most so many rows; true when there is more.
  bool forget_before(Instant then, size_t most);

 private:
  static constexpr size_t no_limit = std::numeric_limits<int64_t>::max();
  /// `which`: a condition on `value`, ?1.
  size_t forget_spans(std::string_view which, int64_t value, size_t most);
  size_t forget_questions(Instant then, size_t most);
  size_t forget_rounds(Instant then, size_t most);
  size_t forget_rows(const char* sql, Instant then, size_t most);
  size_t forget_unused(Instant then, size_t most);

  Database& database_;
  Dictionaries& dictionaries_;
  /// Whole tables are gone through for what is unused: once for each day that is forgotten.
  std::optional<int64_t> swept_until_;
};

}  // namespace astray::watch
