#include "web/event_queue.h"

#include <algorithm>

namespace astray::web {

std::string event_text(std::string_view id, std::string_view type, std::string_view data) {
  std::string text;
  if (!id.empty()) text.append("id: ").append(id).append("\n");
  text.append("event: ").append(type).append("\n");
  for (bool more = true; more;) {
    const size_t end = data.find_first_of("\r\n");
    text.append("data: ").append(data.substr(0, end)).append("\n");
    more = end != std::string_view::npos;
    if (more) data.remove_prefix(end + (data.substr(end).starts_with("\r\n") ? 2 : 1));
  }
  return text += '\n';
}

void EventQueue::push(std::shared_ptr<const std::string> text) {
  if (ended_) return;
  bytes_ += text->size();
  if (bytes_ > most_bytes_) return end();
  texts_.push_back(std::move(text));
  news_.wake_all();
}

void EventQueue::end() {
  ended_ = true;
  texts_.clear();
  news_.wake_all();
}

Task<void> EventQueue::wait() {
  while (texts_.empty() && !ended_) co_await news_.wait();
}

std::string EventQueue::take() {
  std::string all;
  for (const auto& text : texts_) all += *text;
  texts_.clear();
  bytes_ = 0;
  return all;
}

}  // namespace astray::web
