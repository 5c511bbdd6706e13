#include "servers/trafficserver/lines.h"

namespace astray::trafficserver {
namespace {

constexpr std::string_view blanks = " \t\r\f\v";

}  // namespace

SourceSpan Line::span_at(size_t offset) const {
  SourceSpan span{file, 0, 0};
  for (const auto& [start, place] : starts) {
    if (start > offset) break;
    span = place;
    span.column += static_cast<uint32_t>(offset - start);
  }
  return span;
}

std::vector<Line> lines_of(std::string_view text, SourceFileId file, Continuation continuation) {
  std::vector<Line> lines;
  Line line{{}, file, {}};
  uint32_t number = 0;
  while (!text.empty()) {
    const size_t feed = text.find('\n');
    std::string_view piece = text.substr(0, feed);
    text = feed == std::string_view::npos ? std::string_view() : text.substr(feed + 1);
    ++number;
    const bool goes_on = continuation == Continuation::backslash && piece.ends_with('\\') && feed != std::string_view::npos;
    if (goes_on) piece.remove_suffix(1);
    size_t column = 1;
    if (line.text.empty()) {
      const size_t first = piece.find_first_not_of(blanks);
      column += first == std::string_view::npos ? piece.size() : first;
      piece = first == std::string_view::npos ? std::string_view() : piece.substr(first);
    }
    line.starts.emplace_back(line.text.size(), SourceSpan{file, number, static_cast<uint32_t>(column)});
    line.text += piece;
    if (goes_on) {
      line.text += "  ";
      continue;
    }
    const size_t last = line.text.find_last_not_of(blanks);
    line.text.resize(last == std::string::npos ? 0 : last + 1);
    if (!line.text.empty() && line.text.front() != '#') lines.push_back(std::move(line));
    line = {{}, file, {}};
  }
  if (!line.text.empty() && line.text.front() != '#') lines.push_back(std::move(line));
  return lines;
}

std::vector<Word> words_of(const Line& line) {
  std::vector<Word> words;
  size_t at = 0;
  while ((at = line.text.find_first_not_of(" \t", at)) != std::string::npos) {
    const size_t end = line.text.find_first_of(" \t", at);
    words.push_back({line.text.substr(at, end - at), at});
    if (end == std::string::npos) break;
    at = end;
  }
  return words;
}

}  // namespace astray::trafficserver
