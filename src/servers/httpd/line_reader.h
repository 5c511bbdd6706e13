#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/source_span.h"
#include "servers/httpd/text_arena.h"

namespace astray::httpd {

/// A line as httpd sees it: continuations joined, blanks at both ends removed. The span is where its first
/// character stands.
struct LogicalLine {
  std::string_view text;
  SourceSpan span;
};

/// Cuts a file into logical lines (server/util.c, ap_cfg_getline_core): a backslash right before the line end
/// joins the next line, also in a comment; a NUL byte hides the rest of its physical line.
class LineReader {
 public:
  static constexpr size_t max_line = size_t{16} << 20;  ///< httpd's own limit

  LineReader(std::string_view text, SourceFileId file, TextArena& arena)
      : text_(text), file_(file), arena_(arena) {}

  std::optional<LogicalLine> next();
  /// Where the first NUL byte was met, if any.
  std::optional<SourceSpan> nul() const { return nul_; }
  /// Where the last line stood that was longer than max_line and therefore skipped, if any.
  std::optional<SourceSpan> too_long() const { return too_long_; }

 private:
  /// The next physical line without its end; `ended` says whether there was a line feed.
  std::string_view physical_line(bool& ended);

  std::string_view text_;
  SourceFileId file_;
  TextArena& arena_;
  size_t position_ = 0;
  uint32_t line_ = 0;
  std::optional<SourceSpan> nul_;
  std::optional<SourceSpan> too_long_;
};

}  // namespace astray::httpd
