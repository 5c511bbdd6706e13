#include "cli/fetch_progress.h"

#include <fmt/format.h>

#include "cli/progress.h"

namespace astray {
namespace {
constexpr double mebibyte = 1024.0 * 1024.0;
}  // namespace

void FetchProgressLine::received(uint64_t bytes) {
  received_ += bytes;
  if (when_ == When::never || !console_.err.terminal) return;
  const Clock::time_point now = Clock::now();
  if (now - started_ < quiet_at_first || now - shown_at_ < between_lines) return;
  const double seconds = std::chrono::duration<double>(now - started_).count();
  const double done = static_cast<double>(received_) / mebibyte;
  std::string line = fmt::format("\r\x1b[K{:.1f} MiB, {:.1f} MiB/s", done, done / seconds);
  if (expected_ > received_) {
    const double all = static_cast<double>(expected_) / mebibyte;
    line += fmt::format(", of {:.1f} MiB, about {:.0f} s left", all, seconds * (all - done) / done);
  }
  console_.err.output.write(line);
  console_.err.output.flush();
  shown_at_ = now;
  visible_ = true;
}

void FetchProgressLine::clear() {
  if (!visible_) return;
  console_.err.output.write("\r\x1b[K");
  console_.err.output.flush();
  visible_ = false;
}

}  // namespace astray
