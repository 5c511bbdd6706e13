#include "servers/trafficserver/host_field.h"

#include <algorithm>

#include "base/ascii.h"

namespace astray::trafficserver {
namespace {

bool is_host_text(std::string_view text) {
  constexpr std::string_view others = "-.[]_:~%";
  return std::ranges::all_of(text, [&](char c) {
    const char lower = ascii_lower(c);
    return is_ascii_digit(c) || (lower >= 'a' && lower <= 'z') || others.find(c) != std::string_view::npos;
  });
}

int number_of(std::string_view digits) {
  int number = 0;
  for (const char c : digits.substr(0, 9)) {
    if (!is_ascii_digit(c)) break;
    number = number * 10 + (c - '0');
  }
  return number;
}

}  // namespace

std::optional<HostAndPort> parse_host_field(std::string_view text) {
  std::string_view host = text, rest;
  bool has_colon = false;
  if (text.starts_with('[')) {
    const size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    host = text.substr(0, close + 1);
    rest = text.substr(close + 1);
    if (host.size() == 2) return std::nullopt;
  } else if (const size_t colon = text.rfind(':'); colon != std::string_view::npos && colon == text.find(':')) {
    host = text.substr(0, colon);
    rest = text.substr(colon);
  }
  HostAndPort made{std::string(host), 0};
  if (rest.starts_with(':')) {
    has_colon = true;
    rest.remove_prefix(1);
    const size_t end = std::min(rest.find_first_not_of("0123456789"), rest.size());
    const std::string_view port = rest.substr(0, end);
    rest.remove_prefix(end);
    made.port = number_of(port);
    if (port.empty() || port.size() > 5 || made.port <= 0 || made.port > 65535) return std::nullopt;
  }
  if (made.host.empty() || !is_host_text(made.host)) return std::nullopt;
  if (!ascii_trim(rest).empty() || (has_colon && made.port == 0)) return std::nullopt;
  return made;
}

std::optional<HostAndPort> parse_authority(std::string_view text) {
  text = text.substr(0, text.find_first_of("/?#"));
  if (const size_t at = text.find('@'); at != std::string_view::npos) text.remove_prefix(at + 1);
  std::string_view host = text, port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    host = text.substr(0, close + 1);
    if (close + 1 < text.size()) {
      if (text[close + 1] != ':') return std::nullopt;
      has_port = true;
      port = text.substr(close + 2);
    }
  } else if (std::ranges::count(text, ':') == 1) {
    const size_t colon = text.find(':');
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
    has_port = true;
  }
  if (!is_host_text(host) || (has_port && port.empty())) return std::nullopt;
  return HostAndPort{std::string(host), number_of(port)};
}

}  // namespace astray::trafficserver
