#include "servers/httpd/macros.h"

#include "base/ascii.h"

namespace astray::httpd {

bool Macros::undefine(std::string_view name) {
  return macros_.erase(ascii_lower(name)) != 0;
}

void Macros::define(Macro macro) {
  std::string name = macro.name;
  macros_[name] = std::make_shared<const Macro>(std::move(macro));
}

std::shared_ptr<const Macro> Macros::find(std::string_view name) const {
  auto found = macros_.find(ascii_lower(name));
  return found == macros_.end() ? nullptr : found->second;
}

std::optional<std::string> substitute(std::string_view line, const std::vector<std::string_view>& parameters,
                                      const std::vector<std::string_view>& arguments) {
  std::string result;
  size_t position = 0;
  bool changed = false;
  for (;;) {
    size_t place = std::string_view::npos;
    size_t chosen = 0;
    for (size_t i = 0; i < parameters.size(); ++i) {
      size_t found = line.find(parameters[i], position);
      if (found == std::string_view::npos) continue;
      bool better = place == std::string_view::npos || found < place ||
                    (found == place && parameters[i].size() > parameters[chosen].size());
      if (better) {
        place = found;
        chosen = i;
      }
    }
    if (place == std::string_view::npos) break;
    changed = true;
    result += line.substr(position, place - position);
    if (parameters[chosen].starts_with('@')) {
      result += '"';
      for (char c : arguments[chosen]) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
      }
      result += '"';
    } else {
      result += arguments[chosen];
    }
    position = place + parameters[chosen].size();
    if (result.size() > max_substituted_line) {
      result.resize(max_substituted_line);
      return result;
    }
  }
  if (!changed) return std::nullopt;
  result += line.substr(position);
  return result;
}

}  // namespace astray::httpd
