#pragma once
// A line of the log while it is written.
#include <cstddef>
#include <string>
#include <string_view>

#include "base/byte_block.h"

namespace astray::gateway {

/// Gathers what is put, so that a line of fifty small pieces grows its string once.
class LogLine {
 public:
  /// `out` gets what was put when this ends.
  explicit LogLine(std::string& out) : out_(out) {}
  ~LogLine() { flush(); }
  LogLine(const LogLine&) = delete;
  LogLine& operator=(const LogLine&) = delete;

  void put(char c) {
    if (at_ == gathered_ + sizeof gathered_) flush();
    *at_++ = c;
  }
  void put(std::string_view text) {
    if (text.size() > room()) {
      flush();
      if (text.size() > sizeof gathered_) {
        out_.append(text);
        return;
      }
    }
    at_ = put_bytes(at_, text);
  }
  static constexpr size_t most_together = 512;
  /// Where up to `bytes`, and no more than most_together, may be written; then put_to() their end.
  char* begin(size_t bytes) {
    if (room() < bytes) flush();
    return at_;
  }
  void put_to(char* end) { at_ = end; }

 private:
  size_t room() const { return static_cast<size_t>(gathered_ + sizeof gathered_ - at_); }
  void flush() {
    out_.append(gathered_, at_);
    at_ = gathered_;
  }

  std::string& out_;
  char gathered_[2048];
  char* at_ = gathered_;
};

}  // namespace astray::gateway
