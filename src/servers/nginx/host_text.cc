#include "servers/nginx/host_text.h"

#include <algorithm>
#include <optional>

#include "base/ascii.h"
#include "servers/nginx/versions.h"

namespace astray::nginx {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// RFC 3986 §2.2 and §2.3, without letters, digits, '.' and '-'.
bool is_unreserved_or_sub_delimiter(char c) {
  constexpr std::string_view characters = "_~!$&'()*+,;=";
  return characters.find(c) != std::string_view::npos;
}

bool has_doubled_dot(std::string_view text) {
  return text.find("..") != std::string_view::npos;
}

// Up to 1.29.3: nothing but '/', NUL, blanks and control characters is refused, and a port may be anything.
std::optional<std::string_view> find_host_loosely(std::string_view bytes) {
  if (has_doubled_dot(bytes)) return std::nullopt;
  for (const char c : bytes)
    if (c == '/' || static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) return std::nullopt;
  if (bytes.starts_with('[')) {
    const size_t close = bytes.find(']');
    return bytes.substr(0, close == std::string_view::npos ? bytes.size() : close + 1);
  }
  return bytes.substr(0, bytes.find(':'));
}

bool is_port(std::string_view digits) {
  uint32_t port = 0;
  for (const char c : digits) {
    if (!is_ascii_digit(c)) return false;
    port = port * 10 + static_cast<uint32_t>(c - '0');
    if (port > 65535) return false;
  }
  return true;
}

// From 1.29.4 on: RFC 3986's characters. "host:" with an empty port passes.
std::optional<std::string_view> find_host_strictly(std::string_view bytes) {
  const bool is_literal = bytes.starts_with('[');
  size_t end = 0;
  if (is_literal) {
    const size_t close = bytes.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    end = close + 1;
    if (end < bytes.size() && bytes[end] != ':') return std::nullopt;
  } else {
    end = std::min(bytes.find(':'), bytes.size());
  }
  const std::string_view host = bytes.substr(0, end);
  if (has_doubled_dot(host)) return std::nullopt;
  const std::string_view inner = is_literal ? host.substr(1, host.size() - 2) : host;
  for (const char c : inner) {
    if (is_letter(c) || is_ascii_digit(c) || c == '-' || c == '.' || is_unreserved_or_sub_delimiter(c))
      continue;
    if (is_literal ? c == ':' : c == '%') continue;
    return std::nullopt;
  }
  if (end < bytes.size() && !is_port(bytes.substr(end + 1))) return std::nullopt;
  return host;
}

constexpr auto plain_characters = [] {
  std::array<bool, 256> plain{};
  for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyz0123456789-_"))
    plain[static_cast<unsigned char>(c)] = true;
  return plain;
}();

// Labels of small letters, digits, '-' and '_' between single dots: what nearly every name is, and the same
// to every version and already in its final form.
bool is_plain_name(std::string_view bytes) {
  bool after_dot = true;
  for (const char c : bytes) {
    const bool is_dot = c == '.';
    if (is_dot ? after_dot : !plain_characters[static_cast<unsigned char>(c)]) return false;
    after_dot = is_dot;
  }
  return !after_dot;
}

}  // namespace

HostText::HostText(std::string_view bytes, Version version) {
  if (is_plain_name(bytes)) {
    is_valid_ = true;
    name_ = bytes;
    return;
  }
  std::optional<std::string_view> host =
      validates_host_strictly(version) ? find_host_strictly(bytes) : find_host_loosely(bytes);
  if (!host) return;
  // The last dot of all counts: one behind the ':' (let through up to 1.29.3) saves the host's trailing one.
  if (host->ends_with('.') && bytes.rfind('.') == host->size() - 1) host->remove_suffix(1);
  if (host->empty()) return;
  is_valid_ = true;
  name_ = *host;
  if (std::any_of(name_.begin(), name_.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) fold(*host);
}

void HostText::fold(std::string_view host) {
  char* out = room_.data();
  if (host.size() > room_.size()) {
    more_room_.resize(host.size());
    out = more_room_.data();
  }
  std::transform(host.begin(), host.end(), out, [](char c) { return ascii_lower(c); });
  name_ = std::string_view(out, host.size());
}

// ngx_http_parse_request_line: states sw_host_start to sw_port.
bool is_parsable_target_authority(std::string_view authority) {
  std::string_view rest = authority;
  if (rest.starts_with('[')) {
    const size_t close = rest.find(']');
    if (close == std::string_view::npos) return false;
    for (const char c : rest.substr(1, close - 1))
      if (!is_letter(c) && !is_ascii_digit(c) && c != ':' && c != '-' && c != '.' &&
          !is_unreserved_or_sub_delimiter(c))
        return false;
    rest.remove_prefix(close + 1);
  } else {
    const size_t end = std::min(rest.find(':'), rest.size());
    for (const char c : rest.substr(0, end))
      if (!is_letter(c) && !is_ascii_digit(c) && c != '-' && c != '.') return false;
    rest.remove_prefix(end);
  }
  if (rest.empty()) return true;
  return rest.front() == ':' && rest.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

}  // namespace astray::nginx
