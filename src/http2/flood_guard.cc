#include "http2/flood_guard.h"

namespace astray::http2 {

std::optional<ConnectionProblem> FloodGuard::frame(FrameType type) {
  if (++idle_ <= idle_limit_) return std::nullopt;
  switch (type) {
    case FrameType::settings:
      return ConnectionProblem::settings_flood;
    case FrameType::ping:
      return ConnectionProblem::ping_flood;
    case FrameType::data:
      return ConnectionProblem::empty_data_flood;
    case FrameType::rst_stream:
      return ConnectionProblem::reset_flood;
    default:
      return ConnectionProblem::frame_flood;
  }
}

std::optional<ConnectionProblem> FloodGuard::reset() {
  if (++resets_ <= reset_limit_) return std::nullopt;
  return ConnectionProblem::reset_flood;
}

}  // namespace astray::http2
