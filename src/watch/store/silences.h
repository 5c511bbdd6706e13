#pragma once
#include "watch/store/database.h"

namespace astray::watch {

class Silences {
 public:
  explicit Silences(Database& database);

  /// Gives it its number.
  void add(Silence& silence);
  void end(uint64_t number, Instant at);
  /// Those that end at that time or later, by their number.
  std::vector<Silence> since(Instant from);

 private:
  Database& database_;
  Statement add_, end_, since_;
};

}  // namespace astray::watch
