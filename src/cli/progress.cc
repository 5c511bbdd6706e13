#include "cli/progress.h"

#include <fmt/format.h>

#include "report/printable.h"

namespace astray {
namespace {
constexpr std::string_view clear_line = "\r\x1b[K";
}  // namespace

bool Progress::due(Clock::time_point now) const {
  return console_.err.terminal && now - started_ >= quiet_at_first && now - shown_at_ >= between_lines;
}

void Progress::show(const std::string& text, Clock::time_point now) {
  console_.err.output.write(fmt::format("{}{} …", clear_line, printable(text)));
  console_.err.output.flush();
  shown_at_ = now;
  visible_ = true;
}

void Progress::stage(std::string_view text) {
  // A stage may take long without a further word, so it is shown even when the last line is fresh.
  const Clock::time_point now = Clock::now();
  if (console_.err.terminal && now - started_ >= quiet_at_first) show(std::string(text), now);
}

void Progress::step(std::string_view text, size_t count, std::string_view unit) {
  const Clock::time_point now = Clock::now();
  if (due(now)) show(fmt::format("{}: {} {}", text, count, unit), now);
}

void Progress::clear() {
  if (!visible_) return;
  console_.err.output.write(clear_line);
  console_.err.output.flush();
  visible_ = false;
}

}  // namespace astray
