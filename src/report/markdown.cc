#include "report/markdown.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/ascii.h"
#include "base/utf8.h"
#include "report/layout.h"
#include "report/printable.h"

namespace astray {
namespace {

/// What a list item begins with: "- " or "12. ".
std::optional<size_t> marker_size(std::string_view line) {
  if (line.starts_with("- ") || line.starts_with("* ")) return 2;
  const size_t digits = line.find_first_not_of("0123456789");
  if (digits == 0 || digits > 3 || !line.substr(std::min(digits, line.size())).starts_with(". "))
    return std::nullopt;
  return digits + 2;
}

size_t indent_of(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

class Renderer {
 public:
  Renderer(int columns, const Palette& palette) : columns_(columns), palette_(palette) {}

  std::string render(std::string_view text) {
    while (!text.empty()) {
      const size_t end = std::min(text.find('\n'), text.size());
      take_line(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    end_block();
    while (out_.ends_with("\n\n")) out_.pop_back();
    return std::move(out_);
  }

 private:
  void take_line(std::string_view line) {
    if (fenced_) {
      if (line.starts_with("```")) {
        fenced_ = false;
        out_ += '\n';
      } else {
        code_line(line);
      }
      return;
    }
    if (line.starts_with("```")) {
      end_block();
      fenced_ = true;
      return;
    }
    if (ascii_trim(line).empty()) {
      end_block();
      blank_line();
      return;
    }
    if (line.starts_with('#')) {
      end_block();
      const size_t level = std::min(line.find_first_not_of('#'), line.size());
      blank_line();
      const Role role = level == 1 ? Role::strong : Role::info;
      out_ += palette_.paint(role, printable(ascii_trim(line.substr(level)))) + '\n';
      if (level == 1) out_ += '\n';
      return;
    }
    if (line.starts_with('|')) {
      end_block();
      out_ += "  " + printable(line) + '\n';
      return;
    }
    if (const std::optional<size_t> size = marker_size(line)) {
      end_block();
      hanging_ = static_cast<int>(*size);
      marker_ = line.starts_with('*') ? "- " : std::string(line.substr(0, *size));
      paragraph_ = line.substr(*size);
      return;
    }
    if (paragraph_.empty() && indent_of(line) >= 4) {
      code_line(line.substr(4));
      return;
    }
    if (!paragraph_.empty()) paragraph_ += ' ';
    paragraph_ += ascii_trim(line);
  }

  void code_line(std::string_view line) {
    out_ += line.empty() ? "\n" : "    " + palette_.paint(Role::code, printable(line)) + '\n';
  }

  void blank_line() {
    if (!out_.empty() && !out_.ends_with("\n\n")) out_ += '\n';
  }

  void end_block() {
    if (paragraph_.empty()) return;
    const int indent = 2 + hanging_;
    const std::vector<std::string> lines = wrap(printable(paragraph_), columns_ - indent);
    for (size_t i = 0; i < lines.size(); ++i) {
      const std::string before = i == 0 ? marker_ : std::string(static_cast<size_t>(hanging_), ' ');
      out_ += "  " + before + paint_inline(lines[i]) + '\n';
    }
    paragraph_.clear();
    marker_.clear();
    hanging_ = 0;
  }

  /// `code` and **strong**; a piece that was broken over two lines keeps its colour on both.
  std::string paint_inline(std::string_view line) {
    if (!palette_.colours()) return std::string(line);
    std::string out;
    std::string piece;
    const auto flush = [&] {
      out += palette_.paint(in_code_ ? Role::code : in_strong_ ? Role::strong : Role::plain, piece);
      piece.clear();
    };
    for (size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '`') {
        flush();
        in_code_ = !in_code_;
      } else if (!in_code_ && line.substr(i).starts_with("**")) {
        flush();
        in_strong_ = !in_strong_;
        ++i;
      } else {
        piece += line[i];
      }
    }
    flush();
    return out;
  }

  int columns_;
  const Palette& palette_;
  std::string out_;
  std::string paragraph_;
  std::string marker_;
  int hanging_ = 0;
  bool fenced_ = false;
  bool in_code_ = false;
  bool in_strong_ = false;
};

}  // namespace

std::string render_markdown(std::string_view markdown, int columns, const Palette& palette) {
  return Renderer(columns, palette).render(markdown);
}

}  // namespace astray
