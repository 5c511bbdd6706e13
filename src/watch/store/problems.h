#pragma once
#include <set>

#include "watch/store/database.h"

namespace astray::watch {

/// Problems as they are now, and the events that people were told of.
class Problems {
 public:
  explicit Problems(Database& database);

  /// Gives the events their numbers.
  void add_round(RoundRecord& round);
  /// With its problem; gives it its number.
  void add(ProblemEvent& event);
  std::vector<Problem> unresolved();
  std::optional<Problem> find(std::string_view id);
  std::vector<ProblemEvent> events(const EventQuery& query);

 private:
  void put(const Problem& problem);
  void put_event(ProblemEvent& event);
  /// But those that are still there.
  void forget_suspected(const std::set<std::string_view>& there);
  std::optional<Problem> read(Statement& row);

  Database& database_;
  Statement put_, touch_, unresolved_, find_, forget_, add_event_;
};

}  // namespace astray::watch
