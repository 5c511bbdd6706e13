#pragma once
// Server-sent events (WHATWG HTML §9.2) on their way to one reader.
#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "io/wait_queue.h"

namespace astray::web {

/// One event as it stands on the wire. Data of several lines has a field for each. `id` and `type` hold no
/// line end; an `id` of "" leaves the reader's last one as it is.
std::string event_text(std::string_view id, std::string_view type, std::string_view data);

/// Texts of events that wait for one reader. Who reads too slowly is ended instead of being waited for: it
/// comes back with Last-Event-ID.
class EventQueue {
 public:
  /// `most_bytes`: that wait at a time.
  EventQueue(Loop& loop, size_t most_bytes) : most_bytes_(most_bytes), news_(loop) {}

  void push(std::shared_ptr<const std::string> text);
  void end();

  bool ended() const { return ended_; }
  /// Until something is here or the queue has ended.
  Task<void> wait();
  /// Everything that is here, in its order.
  std::string take();

 private:
  size_t most_bytes_;
  size_t bytes_ = 0;
  bool ended_ = false;
  std::deque<std::shared_ptr<const std::string>> texts_;
  WaitQueue news_;
};

}  // namespace astray::web
