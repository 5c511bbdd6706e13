#include "report/layout.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"

namespace astray {
namespace {

// A column of running text narrower than this reads worse than a line that the terminal breaks.
constexpr int narrowest = 24;

}  // namespace

std::string blanks(int count) {
  return std::string(static_cast<size_t>(std::max(0, count)), ' ');
}

std::vector<std::string> wrap(std::string_view text, int columns) {
  columns = std::max(columns, narrowest);
  std::vector<std::string> lines(1);
  int used = 0;
  size_t i = 0;
  while (i < text.size()) {
    if (text[i] == '\n') {
      lines.emplace_back();
      used = 0;
      ++i;
      continue;
    }
    if (text[i] == ' ') {
      ++i;
      continue;
    }
    const size_t end = std::min(text.find_first_of(" \n", i), text.size());
    const std::string_view word = text.substr(i, end - i);
    const int width = columns_of(word);
    if (used > 0 && used + 1 + width > columns) {
      lines.emplace_back();
      used = 0;
    }
    if (used > 0) {
      lines.back() += ' ';
      ++used;
    }
    lines.back() += word;
    used += width;
    i = end;
  }
  return lines;
}

std::string paragraph(std::string_view text, int columns, int indent) {
  std::string out;
  for (const std::string& line : wrap(text, columns - indent)) {
    if (!line.empty()) out += blanks(indent) + line;
    out += '\n';
  }
  return out;
}

std::string Table::text(int columns, int indent, const Palette& palette) const {
  const size_t last = head_.size() - 1;
  std::vector<int> widths(head_.size());
  for (size_t c = 0; c < last; ++c) {
    widths[c] = columns_of(head_[c]);
    for (const std::vector<Cell>& row : rows_) widths[c] = std::max(widths[c], columns_of(row[c].text));
  }
  int before_last = indent;
  for (size_t c = 0; c < last; ++c) before_last += widths[c] + 2;

  std::string out = blanks(indent);
  for (size_t c = 0; c <= last; ++c) {
    out += palette.paint(Role::faint, head_[c]);
    if (c < last) out += blanks(widths[c] - columns_of(head_[c]) + 2);
  }
  out += '\n';
  for (const std::vector<Cell>& row : rows_) {
    out += blanks(indent);
    for (size_t c = 0; c < last; ++c) {
      out += palette.paint(row[c].role, row[c].text) + blanks(widths[c] - columns_of(row[c].text) + 2);
    }
    const std::vector<std::string> lines = wrap(row[last].text, columns - before_last);
    for (size_t line = 0; line < lines.size(); ++line) {
      if (line > 0) out += blanks(before_last);
      out += palette.paint(row[last].role, lines[line]) + '\n';
    }
  }
  return out;
}

std::string count(size_t number, std::string_view singular) {
  return fmt::format("{} {}{}", number, singular, number == 1 ? "" : "s");
}

}  // namespace astray
