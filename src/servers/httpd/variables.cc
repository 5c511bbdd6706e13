#include "servers/httpd/variables.h"

#include "base/ascii.h"

namespace astray::httpd {

void Variables::define(std::string_view name, std::string_view value) {
  define(name);
  values_[ascii_lower(name)] = std::string(value);
}

void Variables::undefine(std::string_view name) {
  defined_.erase(std::string(name));
  values_.erase(ascii_lower(name));
}

const std::string* Variables::find(std::string_view name) const {
  if (auto value = values_.find(ascii_lower(name)); value != values_.end()) return &value->second;
  if (auto value = environment_.find(std::string(name)); value != environment_.end()) return &value->second;
  return nullptr;
}

Variables::Outcome Variables::expand(std::string_view line, TextArena& arena, std::string_view& expanded,
                                     const std::function<void(std::string_view name)>& on_unknown) const {
  expanded = line;
  if (line.find("${") == std::string_view::npos) return Outcome::unchanged;
  std::string result;
  bool changed = false;
  size_t position = 0;
  while (position < line.size()) {
    size_t start = line.find("${", position);
    size_t end = start == std::string_view::npos ? start : line.find('}', start + 2);
    if (end == std::string_view::npos) break;
    result += line.substr(position, start - position);
    std::string_view name = line.substr(start + 2, end - start - 2);
    if (const std::string* value = find(name)) {
      result += *value;
      changed = true;
    } else {
      result += line.substr(start, end + 1 - start);
      if (name.find(':') == std::string_view::npos) on_unknown(name);
    }
    if (result.size() > max_expanded_line) return Outcome::too_long;
    position = end + 1;
  }
  if (!changed) return Outcome::unchanged;
  result += line.substr(position);
  expanded = arena.keep(result);
  return Outcome::expanded;
}

}  // namespace astray::httpd
