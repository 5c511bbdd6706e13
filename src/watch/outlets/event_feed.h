#pragma once
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "watch/outlets/outlet_tools.h"

namespace astray::watch {

/// The events that one outlet has not delivered yet, in order: those behind its cursor in the store, so that
/// nothing is lost over a restart; and those that the store could not take, from memory, so that alerts go on
/// while it fails.
class EventFeed {
 public:
  /// Finds its place at once where the store is there: what is stored from now on will be told.
  EventFeed(StoreAccess store, std::string outlet);

  /// Keeps the round's events that have no number. The oldest are dropped when there are too many.
  void offer(const RoundRecord& round);
  /// The oldest so many. An outlet that the store does not know yet begins behind the newest event: it is not
  /// told of the past. In a store that took the place of another it begins with the first.
  Stored<std::vector<ProblemEvent>> next(size_t most);
  /// The first `count` of what next() gave last are delivered, or passed over.
  void acknowledge(size_t count);
  /// Of those that the store could not take.
  uint64_t dropped() const { return dropped_; }
  /// Of the last store that there was; "" before the first.
  const std::string& store_id() const { return store_id_; }

  static constexpr size_t most_unstored = 1000;

 private:
  Stored<std::vector<ProblemEvent>> stored_events(size_t most);
  Stored<void> find_cursor(Store& store);
  void save_cursor();

  StoreAccess store_;
  std::string store_id_;
  std::string outlet_;
  std::optional<uint64_t> cursor_;
  bool cursor_is_saved_ = true;
  /// Of an event that next() gave: its number in the store, or its place among all that the store did not
  /// take.
  struct Given {
    uint64_t number = 0;
    uint64_t place = 0;
  };
  std::vector<Given> given_;
  std::deque<ProblemEvent> unstored_;
  uint64_t first_place_ = 0;  ///< of unstored_
  uint64_t dropped_ = 0;
};

}  // namespace astray::watch
