#include "watch/rounds/clock_check.h"

#include <cstdlib>

#include <fmt/format.h>

namespace astray::watch {

std::optional<std::string> ClockCheck::look(Instant wall, MonotonicTime monotonic) {
  const std::optional<Look> before = last_;
  last_ = {wall, monotonic};
  if (!before) return std::nullopt;
  const int64_t passed =
      std::chrono::duration_cast<std::chrono::seconds>(monotonic - before->monotonic).count();
  const int64_t jump = wall.unix_seconds - before->wall.unix_seconds - passed;
  if (std::abs(jump) <= most_seconds_apart) return std::nullopt;
  return fmt::format(
      "the machine's clock jumped: {} s {}; the times of rounds and the judgement of certificates follow it, the pace "
      "of rounds does not",
      std::abs(jump), jump > 0 ? "forward" : "back");
}

}  // namespace astray::watch
