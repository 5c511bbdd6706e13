#pragma once
// The lines of a capture that is text, of any size, without holding more than one.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "explain/source.h"

namespace astray::explain {

class TextLines {
 public:
  static constexpr size_t most_line_bytes = size_t{1} << 20;

  explicit TextLines(ByteSource& source) : source_(source) {}

  struct Line {
    std::string_view text;  ///< without its end, until the next call
    uint64_t number = 0;    ///< from 1
    bool too_long = false;  ///< only its first most_line_bytes are there
    bool ended = false;     ///< by a line feed
  };
  /// Nothing when the bytes are at their end.
  std::optional<Line> next();

  /// Why the bytes stopped, if they did not just end.
  const std::optional<Error>& error() const { return error_; }
  uint64_t bytes() const { return bytes_; }
  uint64_t lines() const { return number_; }

 private:
  bool fill();

  ByteSource& source_;
  std::string chunk_ = std::string(size_t{64} << 10, '\0');
  size_t at_ = 0;
  size_t end_ = 0;
  std::string line_;
  uint64_t number_ = 0;
  uint64_t bytes_ = 0;
  std::optional<Error> error_;
};

/// The line's text; where that is no UTF-8 it is repaired into `room`, and counted.
std::string_view well_formed(const TextLines::Line& line, uint32_t file, Witness& witness, std::string& room);

}  // namespace astray::explain
