#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "cli/console.h"

namespace astray {

/// A line that comes and goes at once only flickers, and one that changes faster cannot be read.
inline constexpr auto quiet_at_first = std::chrono::milliseconds(700);
inline constexpr auto between_lines = std::chrono::milliseconds(100);

/// One line on a terminal that says what a long run is at; nothing at all elsewhere, and nothing in the first
/// moments, so that a short run leaves no flicker.
class Progress {
 public:
  explicit Progress(Console& console) : console_(console), started_(Clock::now()) {}
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { clear(); }

  /// A new part of the work: "opening 10000 certificates".
  void stage(std::string_view text);
  /// One more of what the part counts: "reading configurations: 120 files".
  void step(std::string_view text, size_t count, std::string_view unit);
  /// Takes the line away; before anything else is written to the terminal.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  bool due(Clock::time_point now) const;
  void show(const std::string& text, Clock::time_point now);

  Console& console_;
  Clock::time_point started_;
  Clock::time_point shown_at_{};
  bool visible_ = false;
};

}  // namespace astray
