#include "servers/httpd/line_reader.h"

#include <string>
#include <utility>
#include <vector>

#include "servers/httpd/words.h"

namespace astray::httpd {

std::string_view LineReader::physical_line(bool& ended) {
  size_t start = position_;
  size_t feed = text_.find('\n', start);
  ended = feed != std::string_view::npos;
  std::string_view line = text_.substr(start, ended ? feed - start : std::string_view::npos);
  position_ = ended ? feed + 1 : text_.size();
  ++line_;
  size_t nul = line.find('\0');
  if (nul != std::string_view::npos) {
    if (!nul_) nul_ = SourceSpan{file_, line_, static_cast<uint32_t>(nul + 1)};
    line = line.substr(0, nul);
    ended = false;  // so a backslash at the line's end does not count either
  }
  return line;
}

std::optional<LogicalLine> LineReader::next() {
  while (position_ < text_.size()) {
    bool ended = false;
    std::string_view line = physical_line(ended);
    uint32_t first_line = line_;
    std::string joined;
    bool is_joined = false;
    std::vector<std::pair<size_t, uint32_t>> pieces;  // offset in `joined` and number of each physical line
    for (;;) {
      std::string_view whole = is_joined ? std::string_view(joined) : line;
      size_t end = whole.size();
      if (ended && end > 0 && whole[end - 1] == '\r') --end;
      if (!ended || end == 0 || whole[end - 1] != '\\') break;
      if (is_joined) {
        joined.resize(end - 1);
      } else {
        joined.assign(whole.substr(0, end - 1));
        pieces.emplace_back(0, line_);
        is_joined = true;
      }
      if (position_ >= text_.size()) break;
      pieces.emplace_back(joined.size(), line_ + 1);
      joined += physical_line(ended);
    }
    if (is_joined) line = joined;
    if (line.size() > max_line) {
      too_long_ = SourceSpan{file_, first_line, 1};
      continue;
    }
    size_t first = 0;
    while (first < line.size() && is_space(line[first])) ++first;
    std::string_view trimmed = trim(line);
    size_t line_start = 0;
    if (is_joined) {
      for (const auto& [offset, number] : pieces)
        if (offset <= first && first < line.size()) {
          line_start = offset;
          first_line = number;
        }
      trimmed = arena_.keep(trimmed);
    }
    if (trimmed.empty()) first = line_start;
    return LogicalLine{trimmed, {file_, first_line, static_cast<uint32_t>(first - line_start + 1)}};
  }
  return std::nullopt;
}

}  // namespace astray::httpd
