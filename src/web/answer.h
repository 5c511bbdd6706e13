#pragma once
// What one of our own ports answers.
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "web/event_queue.h"

namespace astray::web {

struct Answer {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body{};
  std::vector<std::string> field_lines{};  ///< beside Content-Type and those of common_field_lines()
};

/// 200 and events, as long as both sides stay; whoever gave the queue fills it.
struct EventStream {
  std::shared_ptr<EventQueue> events;
};
using Reply = std::variant<Answer, EventStream>;

Answer plain_answer(int status, std::string body);
Answer json_answer(std::string body);

/// Lines that every answer has: nothing is kept, framed, sniffed, or loaded from elsewhere, and no script or
/// style stands inside a page.
std::vector<std::string> common_field_lines();

}  // namespace astray::web
