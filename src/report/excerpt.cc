#include "report/excerpt.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/utf8.h"
#include "report/layout.h"
#include "report/printable.h"

namespace astray {
namespace {

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
  std::string text;  ///< printable, cut to what fits
  int first = 0;     ///< columns before the mark
  int width = 1;     ///< columns of the mark
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

namespace {

/// A place with its rank: the finding's first place is the one that is marked with ^^^.
struct RankedPlace {
  const Place* place;
  bool first;
};

/// Files in the order in which they come up, and in each the places from top to bottom.
std::vector<std::vector<RankedPlace>> by_file(std::span<const Place> places) {
  std::vector<std::vector<RankedPlace>> files;
  bool first = true;
  for (const Place& place : places) {
    if (!place.known()) continue;
    const auto same = std::find_if(files.begin(), files.end(), [&](const std::vector<RankedPlace>& file) {
      return file.front().place->file == place.file;
    });
    (same == files.end() ? files.emplace_back() : *same).push_back({&place, first});
    first = false;
  }
  for (std::vector<RankedPlace>& file : files) {
    std::stable_sort(file.begin(), file.end(), [](const RankedPlace& a, const RankedPlace& b) {
      return std::pair(a.place->line, a.place->column) < std::pair(b.place->line, b.place->column);
    });
  }
  return files;
}

class Painter {
 public:
  Painter(SourceText& source, const ShownPaths& paths, int columns, const Palette& palette, int gutter)
      : source_(source),
        paths_(paths),
        columns_(columns),
        palette_(palette),
        gutter_(gutter),
        bar_(palette.paint(Role::place, "|")),
        empty_gutter_(blanks(gutter + 1) + bar_) {}

  std::string paint(const std::vector<std::vector<RankedPlace>>& files) {
    for (const std::vector<RankedPlace>& file : files) {
      const auto first =
          std::find_if(file.begin(), file.end(), [](const RankedPlace& place) { return place.first; });
      const Place& headed = first == file.end() ? *file.front().place : *first->place;
      out_ +=
          fmt::format("{}{} {}\n", blanks(gutter_),
                      palette_.paint(Role::place, first == file.end() ? ":::" : "-->"), paths_.of(headed));
      uint32_t line_before = 0;
      std::string text_before;
      for (const RankedPlace& ranked : file) {
        const std::optional<std::string_view> line = source_.line(ranked.place->file, ranked.place->line);
        if (!line) {
          name_place(ranked);
          continue;
        }
        const MarkedLine marked = mark(*line, ranked.place->column, columns_ - gutter_ - 3);
        if (line_before == 0) {
          out_ += empty_gutter_ + '\n';
        } else if (ranked.place->line > line_before + 1) {
          out_ += blanks(gutter_) + palette_.paint(Role::place, "...") + '\n';
        }
        if (ranked.place->line != line_before || marked.text != text_before)
          show_line(ranked.place->line, marked.text);
        show_mark(ranked, marked);
        line_before = ranked.place->line;
        text_before = marked.text;
      }
    }
    return std::move(out_);
  }

 private:
  /// Without its line: the file cannot be had.
  void name_place(const RankedPlace& ranked) {
    if (ranked.place->what.empty()) return;
    out_ += fmt::format("{} {} {}\n", empty_gutter_, paths_.of(*ranked.place),
                        palette_.paint(Role::strong, printable(ranked.place->what)));
  }

  void show_line(uint32_t line, const std::string& text) {
    const std::string number = fmt::format("{:>{}}", line, gutter_);
    out_ += fmt::format("{} {} {}\n", palette_.paint(Role::place, number), bar_, text);
  }

  void show_mark(const RankedPlace& ranked, const MarkedLine& marked) {
    const Role role = ranked.first ? Role::error : Role::info;
    const std::string sign(static_cast<size_t>(marked.width), ranked.first ? '^' : '-');
    const std::string label = printable(ranked.place->what);
    const int label_columns = columns_of(label);
    const bool beside = gutter_ + 3 + marked.first + marked.width + 1 + label_columns <= columns_;
    out_ += fmt::format("{} {}{}{}{}\n", empty_gutter_, blanks(marked.first), palette_.paint(role, sign),
                        beside && !label.empty() ? " " : "", beside ? palette_.paint(role, label) : "");
    if (beside || label.empty()) return;
    const int room = std::max(0, columns_ - gutter_ - 3 - label_columns);
    out_ += fmt::format("{} {}{}\n", empty_gutter_, blanks(std::min(marked.first, room)),
                        palette_.paint(role, label));
  }

  SourceText& source_;
  const ShownPaths& paths_;
  int columns_;
  const Palette& palette_;
  int gutter_;
  std::string bar_;
  std::string empty_gutter_;
  std::string out_;
};

}  // namespace

std::string excerpt(std::span<const Place> places, SourceText& source, const ShownPaths& paths, int columns,
                    const Palette& palette) {
  uint32_t last_line = 0;
  for (const Place& place : places) last_line = std::max(last_line, place.line);
  const int gutter = static_cast<int>(fmt::format("{}", last_line).size());
  return Painter(source, paths, columns, palette, gutter).paint(by_file(places));
}

}  // namespace astray
