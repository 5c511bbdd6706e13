#include "cli/probe_progress.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/progress.h"

namespace astray {
namespace {
constexpr int widest_bar = 30;
}  // namespace

void ProbeProgressLine::show(const ProbeProgress& state) {
  const Clock::time_point now = Clock::now();
  if (when_ == When::never || !console_.err.terminal || state.cells == 0) return;
  if (now - started_ < quiet_at_first || now - shown_at_ < between_lines) return;
  const double done = static_cast<double>(state.cells_done) / static_cast<double>(state.cells);
  const int filled = static_cast<int>(done * widest_bar);
  std::string bar;
  for (int i = 0; i < widest_bar; ++i) bar += i < filled ? "█" : "░";
  const double seconds = std::chrono::duration<double>(now - started_).count();
  const double left = done > 0 ? seconds / done - seconds : 0;
  std::string line = fmt::format("\r\x1b[K{} {}/{} cells", bar, state.cells_done, state.cells);
  if (state.failed > 0) line += fmt::format(", {} without an answer", state.failed);
  line += fmt::format(", about {:.0f} s left", left);
  console_.err.output.write(line);
  console_.err.output.flush();
  shown_at_ = now;
  visible_ = true;
}

void ProbeProgressLine::clear() {
  if (!visible_) return;
  console_.err.output.write("\r\x1b[K");
  console_.err.output.flush();
  visible_ = false;
}

}  // namespace astray
