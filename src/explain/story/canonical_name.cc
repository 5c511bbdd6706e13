#include "explain/story/canonical_name.h"

#include "base/ascii.h"

namespace astray::explain {

std::string_view canonical_name(std::string_view text, std::string& buffer) {
  // "[2001:db8::1]:443" and "a.example:443"; a bare IPv6 address has no port.
  const size_t colon = text.rfind(':');
  if (colon != std::string_view::npos && text.find_first_not_of("0123456789", colon + 1) == std::string_view::npos &&
      (text.find(':') == colon || text.front() == '['))
    text = text.substr(0, colon);
  if (text.size() > 1 && text.back() == '.') text.remove_suffix(1);
  bool capitals = false;
  for (const char c : text) capitals = capitals || (c >= 'A' && c <= 'Z');
  if (!capitals) return text;
  buffer = ascii_lower(text);
  return buffer;
}

}  // namespace astray::explain
