#include "web/event_hub.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace astray::web {

EventHub::EventHub(Loop& loop, std::string epoch, EventHubLimits limits)
    : loop_(loop), epoch_(std::move(epoch)), limits_(limits) {}

EventHub::~EventHub() {
  for (const auto& reader : readers_)
    if (const auto queue = reader.lock()) queue->end();
}

std::string EventHub::id_of(uint64_t number) const {
  return fmt::format("{}-{}", epoch_, number);
}

void EventHub::publish(std::string_view type, std::string_view data) {
  ++published_;
  const auto text = std::make_shared<const std::string>(event_text(id_of(published_), type, data));
  kept_.push_back(text);
  kept_bytes_ += text->size();
  while (kept_.size() > limits_.kept_events || kept_bytes_ > limits_.kept_bytes) {
    kept_bytes_ -= kept_.front()->size();
    kept_.pop_front();
  }
  std::erase_if(readers_, [](const auto& reader) { return reader.expired(); });
  for (const auto& reader : readers_)
    if (const auto queue = reader.lock()) queue->push(text);
}

std::optional<uint64_t> EventHub::known_by(std::string_view last_event_id) const {
  const std::string prefix = id_of(0).substr(0, epoch_.size() + 1);
  if (!last_event_id.starts_with(prefix)) return std::nullopt;
  last_event_id.remove_prefix(prefix.size());
  uint64_t number = 0;
  const char* const end = last_event_id.data() + last_event_id.size();
  const auto [read_to, error] = std::from_chars(last_event_id.data(), end, number);
  if (error != std::errc() || read_to != end || number > published_) return std::nullopt;
  if (published_ - number > kept_.size()) return std::nullopt;
  return number;
}

std::shared_ptr<const std::string> EventHub::greeting(std::string_view type) const {
  return std::make_shared<const std::string>(event_text(id_of(published_), type, ""));
}

bool EventHub::replay(uint64_t known, EventQueue& queue) const {
  size_t bytes = 0;
  const auto first = kept_.end() - static_cast<std::ptrdiff_t>(published_ - known);
  for (auto at = first; at != kept_.end(); ++at) bytes += (*at)->size();
  if (bytes > limits_.waiting_bytes / 2) return false;  // news come meanwhile
  for (auto at = first; at != kept_.end(); ++at) queue.push(*at);
  return true;
}

std::shared_ptr<EventQueue> EventHub::subscribe(std::optional<std::string_view> last_event_id) {
  auto queue = std::make_shared<EventQueue>(loop_, limits_.waiting_bytes);
  const auto known = last_event_id ? known_by(*last_event_id) : std::nullopt;
  if (!last_event_id)
    queue->push(greeting("hello"));
  else if (!known || !replay(*known, *queue))
    queue->push(greeting("reset"));
  readers_.push_back(queue);
  return queue;
}

size_t EventHub::readers() const {
  return static_cast<size_t>(
      std::ranges::count_if(readers_, [](const auto& reader) { return !reader.expired(); }));
}

}  // namespace astray::web
