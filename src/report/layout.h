#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "report/palette.h"

namespace astray {

/// Breaks text at blanks into lines of at most `columns`; a longer word has a line of its own. Line ends in
/// the text stay. At least one line, maybe empty.
std::vector<std::string> wrap(std::string_view text, int columns);

/// The wrapped lines, each behind `indent` blanks and ended by "\n".
std::string paragraph(std::string_view text, int columns, int indent);

/// A table of text cells without lines: columns as wide as their widest cell, the last one wrapped to what is
/// left.
class Table {
 public:
  explicit Table(std::vector<std::string> head) : head_(std::move(head)) {}
  struct Cell {
    std::string text;  ///< printable
    Role role = Role::plain;
  };
  void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }
  std::string text(int columns, int indent, const Palette& palette) const;

 private:
  std::vector<std::string> head_;
  std::vector<std::vector<Cell>> rows_;
};

/// So many spaces; "" for a negative number.
std::string blanks(int count);

/// "1 error", "2 errors".
std::string count(size_t number, std::string_view singular);

}  // namespace astray
