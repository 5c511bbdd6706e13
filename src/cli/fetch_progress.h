#pragma once
#include <chrono>
#include <cstdint>

#include "cli/console.h"

namespace astray {

/// A line on the terminal while files are being filled: how much has come, how fast, how much is to come.
class FetchProgressLine {
 public:
  enum class When : uint8_t { never, on_terminal };
  FetchProgressLine(Console& console, When when) : console_(console), when_(when), started_(Clock::now()) {}

  /// What a head says is to come; 0 where it says nothing.
  void expect(uint64_t bytes) { expected_ += bytes; }
  void received(uint64_t bytes);
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  Console& console_;
  When when_;
  Clock::time_point started_;
  Clock::time_point shown_at_{};
  uint64_t expected_ = 0;
  uint64_t received_ = 0;
  bool visible_ = false;
};

}  // namespace astray
