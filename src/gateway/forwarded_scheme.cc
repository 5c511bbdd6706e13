#include "gateway/forwarded_scheme.h"

#include <utility>

#include "base/ascii.h"

namespace astray::gateway {
namespace {

/// Takes what stands before the next `separator` that is not in quotes off `rest`; nothing when the quotes
/// are not closed.
std::optional<std::string_view> take_part(std::string_view& rest, char separator) {
  bool quoted = false;
  for (size_t i = 0; i < rest.size(); ++i) {
    if (quoted && rest[i] == '\\') {
      ++i;
    } else if (rest[i] == '"') {
      quoted = !quoted;
    } else if (rest[i] == separator && !quoted) {
      const std::string_view part = rest.substr(0, i);
      rest.remove_prefix(i + 1);
      return part;
    }
  }
  if (quoted) return std::nullopt;
  return std::exchange(rest, std::string_view());
}

std::string_view without_quotes(std::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return value;
  return value.substr(1, value.size() - 2);
}

}  // namespace

std::optional<Scheme> forwarded_scheme(std::string_view forwarded) {
  std::string_view last;
  while (!forwarded.empty()) {
    const auto element = take_part(forwarded, ',');
    if (!element) return std::nullopt;
    last = *element;
  }
  while (!last.empty()) {
    const auto pair = take_part(last, ';');
    if (!pair) return std::nullopt;
    const size_t equals = pair->find('=');
    if (equals == std::string_view::npos) continue;
    if (!ascii_iequals(ascii_trim(pair->substr(0, equals)), "proto")) continue;
    const std::string_view scheme = without_quotes(ascii_trim(pair->substr(equals + 1)));
    if (ascii_iequals(scheme, "https")) return Scheme::https;
    if (ascii_iequals(scheme, "http")) return Scheme::http;
    return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace astray::gateway
