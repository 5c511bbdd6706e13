#pragma once
#include <optional>

#include "http2/frame.h"
#include "http2/options.h"
#include "http2/problem.h"

namespace astray::http2 {

/// Counts frames that cost work and bring nothing. It has no clock: forget() is called once in a flood
/// period.
class FloodGuard {
 public:
  explicit FloodGuard(const Options& options)
      : idle_limit_(options.idle_frames), reset_limit_(options.resets) {}

  /// A frame came. The problem, if it is one too many.
  std::optional<ConnectionProblem> frame(FrameType type);
  /// A stream was reset by the peer, or for an error of the peer's. Progress does not make up for it: opening
  /// a stream only to reset it would be progress.
  std::optional<ConnectionProblem> reset();
  /// A head, trailers or data came, or data was sent.
  void progress() { idle_ = 0; }
  void forget() { idle_ = resets_ = 0; }
  bool counts() const { return idle_ != 0 || resets_ != 0; }

 private:
  size_t idle_limit_;
  size_t reset_limit_;
  size_t idle_ = 0;
  size_t resets_ = 0;
};

}  // namespace astray::http2
