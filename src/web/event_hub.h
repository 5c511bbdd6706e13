#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "web/event_queue.h"

namespace astray::web {

struct EventHubLimits {
  size_t kept_events = 1024;          ///< for readers that come back
  size_t kept_bytes = 1024 * 1024;    ///< of these
  size_t waiting_bytes = 256 * 1024;  ///< for one reader
};

/// Tells every reader the same events. Each reader is first told `hello` (from here on nothing is missed),
/// the events since its Last-Event-ID, or `reset` when these are not all known any more: what it shows is to
/// be loaded anew.
class EventHub {
 public:
  /// `epoch`: differs from that of every hub before, so that no reader mistakes their ids for ours; of
  /// letters and digits. The loop outlives the hub and its queues.
  EventHub(Loop& loop, std::string epoch, EventHubLimits limits = {});
  EventHub(const EventHub&) = delete;
  EventHub& operator=(const EventHub&) = delete;
  /// Ends what is still read.
  ~EventHub();

  /// `type` holds no line end.
  void publish(std::string_view type, std::string_view data);
  std::shared_ptr<EventQueue> subscribe(std::optional<std::string_view> last_event_id);
  size_t readers() const;

 private:
  std::string id_of(uint64_t number) const;
  /// The number of the last event that this reader knows; absent when what came after it is not all kept.
  std::optional<uint64_t> known_by(std::string_view last_event_id) const;
  std::shared_ptr<const std::string> greeting(std::string_view type) const;
  bool replay(uint64_t known, EventQueue& queue) const;

  Loop& loop_;
  std::string epoch_;
  EventHubLimits limits_;
  uint64_t published_ = 0;
  size_t kept_bytes_ = 0;
  std::deque<std::shared_ptr<const std::string>> kept_;  // the last of the published
  std::vector<std::weak_ptr<EventQueue>> readers_;
};

}  // namespace astray::web
