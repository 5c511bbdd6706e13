#include "http1/fields.h"

#include "base/ascii.h"
#include "http1/characters.h"

namespace astray::http1 {

std::optional<std::string_view> Fields::find(std::string_view name) const {
  for (const Field& line : lines_)
    if (ascii_iequals(line.name, name)) return line.value;
  return std::nullopt;
}

std::optional<std::string_view> Fields::find(KnownField field) const {
  if (!has(field)) return std::nullopt;
  for (const Field& line : lines_)
    if (line.known == field) return line.value;
  return std::nullopt;
}

size_t Fields::count(KnownField field) const {
  if (!has(field)) return 0;
  size_t lines = 0;
  for (const Field& line : lines_) lines += line.known == field ? 1 : 0;
  return lines;
}

bool Fields::lists(KnownField field, std::string_view token) const {
  if (!has(field)) return false;
  for (const Field& line : lines_) {
    if (line.known != field) continue;
    std::string_view rest = line.value;
    while (auto element = take_list_element(rest))
      if (ascii_iequals(*element, token)) return true;
  }
  return false;
}

std::optional<std::string_view> take_list_element(std::string_view& list) {
  while (!list.empty()) {
    const size_t comma = list.find(',');
    const std::string_view element = trim_blanks(list.substr(0, comma));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    if (!element.empty()) return element;
  }
  return std::nullopt;
}

}  // namespace astray::http1
