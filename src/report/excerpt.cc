#include "report/excerpt.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "report/printable.h"
#include "report/utf8.h"

namespace astray {
namespace {

std::string blanks(int count) {
  return std::string(static_cast<size_t>(std::max(0, count)), ' ');
}

/// Bytes of the statement that begins at `at`: nginx ends one with ';' or '{', httpd with the line.
size_t statement_size(std::string_view line, size_t at) {
  const std::string_view rest = ascii_trim(line.substr(at));
  const bool nginx_like = rest.ends_with(';') || rest.ends_with('{') || rest.ends_with('}');
  if (!nginx_like) return rest.size();
  char quote = '\0';
  for (size_t i = 0; i < rest.size(); ++i) {
    const char c = rest[i];
    if (c == '\\') {
      ++i;
    } else if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == ';') {
      return i + 1;
    } else if (c == '{' && i > 0) {
      return ascii_trim(rest.substr(0, i)).size();
    }
  }
  return rest.size();
}

struct MarkedLine {
  std::string text;   ///< printable, cut to what fits
  int first = 0;      ///< columns before the mark
  int width = 1;      ///< columns of the mark
};

/// At most `room` columns of the line, with its marked part in sight.
MarkedLine mark(std::string_view line, uint32_t column, int room) {
  const size_t indent = std::min(line.find_first_not_of(" \t"), line.size());
  const size_t at = column == 0 ? indent : std::min<size_t>(column - 1, line.size());
  const size_t size = statement_size(line, at);
  MarkedLine marked;
  std::string before = printable(line.substr(0, at));
  const std::string part = printable(line.substr(at, size));
  const std::string after = printable(line.substr(std::min(at + size, line.size())));
  marked.first = columns_of(before);
  marked.width = std::max(1, columns_of(part));
  if (marked.first + marked.width > room && marked.first > 12) {
    // What stands before the mark is the least interesting.
    before = "… ";
    marked.first = 2;
  }
  marked.text = before + part + after;
  if (columns_of(marked.text) > room) {
    std::string cut;
    int used = 0;
    for (size_t i = 0; i < marked.text.size();) {
      const Utf8Character character = utf8_at(marked.text, i);
      const int width = columns_of(character.code_point);
      if (used + width > room - 1) break;
      cut += marked.text.substr(i, character.size);
      used += width;
      i += character.size;
    }
    marked.text = cut + "…";
    marked.width = std::max(1, std::min(marked.width, used + 1 - marked.first));
  }
  return marked;
}

}  // namespace

std::string_view ShownPaths::of(std::string_view path) const {
  if (working_directory_.empty() || working_directory_ == "/") return path;
  if (!path.starts_with(working_directory_)) return path;
  const std::string_view rest = path.substr(working_directory_.size());
  return rest.starts_with('/') && rest.size() > 1 ? rest.substr(1) : path;
}

std::string ShownPaths::of(const Place& place) const {
  std::string text = printable(of(std::string_view(place.file)));
  if (place.line > 0) text += fmt::format(":{}", place.line);
  if (place.line > 0 && place.column > 0) text += fmt::format(":{}", place.column);
  return text;
}

std::string excerpt(std::span<const Place> places, SourceText& source, const ShownPaths& paths, int columns,
                    const Palette& palette) {
  uint32_t last_line = 0;
  for (const Place& place : places) last_line = std::max(last_line, place.line);
  const int gutter = static_cast<int>(fmt::format("{}", last_line).size());
  const std::string bar = palette.paint(Role::place, "|");
  const std::string empty_gutter = blanks(gutter + 1) + bar;

  std::string out;
  bool first = true;
  std::string_view file_before;
  for (const Place& place : places) {
    if (!place.known()) continue;
    const Role role = first ? Role::error : Role::info;
    const bool same_file = !first && place.file == file_before;
    const std::optional<std::string_view> line = source.line(place.file, place.line);
    if (!line) {
      out += fmt::format("{}{} {}{}{}\n", blanks(gutter), palette.paint(Role::place, first ? "-->" : ":::"), paths.of(place),
                         place.what.empty() ? "" : "  ", palette.paint(Role::strong, printable(place.what)));
    } else {
      if (same_file) {
        out += blanks(gutter) + palette.paint(Role::place, "...") + '\n';
      } else {
        out += fmt::format("{}{} {}\n", blanks(gutter), palette.paint(Role::place, first ? "-->" : ":::"), paths.of(place));
        out += empty_gutter + '\n';
      }
      const MarkedLine marked = mark(*line, place.column, columns - gutter - 3);
      const std::string number = fmt::format("{:>{}}", place.line, gutter);
      out += fmt::format("{} {} {}\n", palette.paint(Role::place, number), bar, marked.text);
      const std::string sign(static_cast<size_t>(marked.width), first ? '^' : '-');
      const std::string label = printable(place.what);
      const int label_columns = columns_of(label);
      const bool fits = gutter + 3 + marked.first + marked.width + 1 + label_columns <= columns;
      out += fmt::format("{} {}{}{}{}\n", empty_gutter, blanks(marked.first), palette.paint(role, sign),
                         fits && !label.empty() ? " " : "", fits ? palette.paint(role, label) : "");
      if (!fits) out += fmt::format("{} {}{}\n", empty_gutter, blanks(std::min(marked.first, 8)), palette.paint(role, label));
    }
    file_before = place.file;
    first = false;
  }
  return out;
}

}  // namespace astray
