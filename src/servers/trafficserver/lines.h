#pragma once
// Files of lines and words: records.config, remap.config, ssl_multicert.config. A line whose first character is
// '#' is a comment; nothing is quoted.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/source_span.h"

namespace astray::trafficserver {

/// Of remap.config, a backslash at the end joins the next line (tokLine in MatcherUtils.cc).
enum class Continuation : uint8_t { none, backslash };

struct Line {
  std::string text;  ///< without the blanks around it
  SourceFileId file;
  std::vector<std::pair<size_t, SourceSpan>> starts;  ///< where in `text` a line of the file begins
  /// The place of a byte of `text`.
  SourceSpan span_at(size_t offset) const;
};

/// Neither empty lines nor comments.
std::vector<Line> lines_of(std::string_view text, SourceFileId file, Continuation continuation);

struct Word {
  std::string text;
  size_t at = 0;  ///< in the line's text
};
/// Cut at blanks and tabs.
std::vector<Word> words_of(const Line& line);

}  // namespace astray::trafficserver
