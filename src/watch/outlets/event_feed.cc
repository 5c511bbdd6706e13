#include "watch/outlets/event_feed.h"

namespace astray::watch {

EventFeed::EventFeed(StoreAccess store, std::string outlet)
    : store_(std::move(store)), outlet_(std::move(outlet)) {
  Store* const present = store_();
  // Where it fails, next() tries again and says so.
  if (present != nullptr) static_cast<void>(find_cursor(*present));
}

void EventFeed::offer(const RoundRecord& round) {
  for (const ProblemEvent& event : round.events) {
    if (event.number != 0) continue;
    if (unstored_.size() == most_unstored) {
      unstored_.pop_front();
      ++first_place_;
      ++dropped_;
    }
    unstored_.push_back(event);
  }
}

Stored<void> EventFeed::find_cursor(Store& store) {
  if (store.id() != store_id_) {
    const bool takes_the_place_of_another = !store_id_.empty();
    store_id_ = store.id();
    cursor_.reset();
    if (takes_the_place_of_another) {
      cursor_ = 0;
      save_cursor();
    }
  }
  if (cursor_) return {};
  Stored<std::vector<OutletCursor>> cursors = store.cursors();
  if (!cursors) return tl::unexpected(std::move(cursors.error()));
  for (const OutletCursor& cursor : *cursors) {
    if (cursor.outlet == outlet_) cursor_ = cursor.event;
  }
  if (cursor_) return {};
  EventQuery last_one;
  last_one.most = 1;
  Stored<std::vector<ProblemEvent>> newest = store.events(last_one);
  if (!newest) return tl::unexpected(std::move(newest.error()));
  cursor_ = newest->empty() ? 0 : newest->front().number;
  save_cursor();
  return {};
}

void EventFeed::save_cursor() {
  Store* const store = store_();
  cursor_is_saved_ =
      store != nullptr && store->id() == store_id_ && store->set_cursor({outlet_, *cursor_}).has_value();
}

Stored<std::vector<ProblemEvent>> EventFeed::stored_events(size_t most) {
  Store* const store = store_();
  if (store == nullptr) return no_store();
  Stored<void> found = find_cursor(*store);
  if (!found) return tl::unexpected(std::move(found.error()));
  if (!cursor_is_saved_) save_cursor();
  EventQuery waiting;
  waiting.after = *cursor_;
  waiting.most = most;
  return store->events(waiting);
}

Stored<std::vector<ProblemEvent>> EventFeed::next(size_t most) {
  given_.clear();
  Stored<std::vector<ProblemEvent>> stored = stored_events(most);
  if (!stored && unstored_.empty()) return stored;
  std::vector<ProblemEvent> events;
  if (stored) events = std::move(*stored);
  for (const ProblemEvent& event : events) given_.push_back({event.number, 0});
  for (size_t i = 0; i < unstored_.size() && events.size() < most; ++i) {
    events.push_back(unstored_[i]);
    given_.push_back({0, first_place_ + i});
  }
  return events;
}

void EventFeed::acknowledge(size_t count) {
  uint64_t last = 0;
  for (size_t i = 0; i < count; ++i) {
    const Given& given = given_.at(i);
    if (given.number != 0) {
      last = given.number;
      continue;
    }
    // Too many may have come meanwhile, so that it is gone already.
    for (; first_place_ <= given.place && !unstored_.empty(); ++first_place_) unstored_.pop_front();
  }
  given_.erase(given_.begin(), given_.begin() + static_cast<std::ptrdiff_t>(count));
  if (last == 0) return;
  cursor_ = last;
  save_cursor();
}

}  // namespace astray::watch
