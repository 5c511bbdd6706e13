#include "explain/captures/text_lines.h"

#include <simdjson.h>

#include <algorithm>

#include "base/utf8.h"

namespace astray::explain {

bool TextLines::fill() {
  if (error_) return false;
  const Result<size_t> got = source_.read(chunk_.data(), chunk_.size());
  if (!got) error_ = got.error();
  at_ = 0;
  end_ = got ? *got : 0;
  bytes_ += end_;
  return end_ > 0;
}

std::optional<TextLines::Line> TextLines::next() {
  line_.clear();
  Line line;
  bool any = false;
  while (!line.ended && (at_ < end_ || fill())) {
    any = true;
    const std::string_view rest = std::string_view(chunk_).substr(at_, end_ - at_);
    const size_t feed = rest.find('\n');
    line.ended = feed != std::string_view::npos;
    const std::string_view part = rest.substr(0, feed);
    const size_t kept = std::min(part.size(), most_line_bytes - line_.size());
    line_.append(part.substr(0, kept));
    line.too_long = line.too_long || kept < part.size();
    at_ += part.size() + (line.ended ? 1 : 0);
  }
  if (!any) return std::nullopt;
  line.number = ++number_;
  if (line_.ends_with('\r')) line_.pop_back();
  line.text = line_;
  return line;
}

std::string_view well_formed(const TextLines::Line& line, uint32_t file, Witness& witness, std::string& room) {
  if (simdjson::validate_utf8(line.text)) return line.text;
  room = well_formed_utf8(line.text);
  witness.trouble(Trouble::bad_utf8, file, line.number);
  return room;
}

}  // namespace astray::explain
