#pragma once
#include <unordered_map>

#include "watch/store/terms.h"

namespace astray::watch {

/// Answers, each kept once, and their numbers; as Terms are.
class Answers {
 public:
  explicit Answers(Database& database);

  int64_t intern(const CellAnswer& answer, Instant now);
  /// A number of none is trouble (corrupt), and reads as an answer that tells nothing.
  const CellAnswer& answer(int64_t id);
  void forget_cached();

 private:
  struct Known {
    int64_t id = 0, seen = 0;
  };
  void make_room();

  Database& database_;
  Statement intern_, answer_;
  std::unordered_map<std::string, Known> by_content_;  ///< key: encode(answer)
  std::unordered_map<int64_t, CellAnswer> by_id_;
};

}  // namespace astray::watch
