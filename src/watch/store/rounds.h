#pragma once
#include "watch/store/database.h"

namespace astray::watch {

/// Rounds without their cells.
class Rounds {
 public:
  explicit Rounds(Database& database);
  /// Gives the round its number.
  void add(RoundRecord& round);
  std::vector<RoundSummary> since(std::optional<Instant> from, size_t most);

 private:
  Database& database_;
  Statement add_;
};

}  // namespace astray::watch
