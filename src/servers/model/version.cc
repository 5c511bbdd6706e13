#include "servers/model/version.h"

#include <fmt/format.h>

#include "base/ascii.h"

namespace astray {

std::string_view to_string(ServerKind kind) {
  switch (kind) {
    case ServerKind::nginx: return "nginx";
    case ServerKind::httpd: return "httpd";
    case ServerKind::astray: return "astray";
    case ServerKind::haproxy: return "haproxy";
    case ServerKind::caddy: return "caddy";
    case ServerKind::h2o: return "h2o";
    case ServerKind::envoy: return "envoy";
    case ServerKind::istio: return "istio";
    case ServerKind::trafficserver: return "trafficserver";
    case ServerKind::traefik: return "traefik";
    case ServerKind::kubernetes: return "kubernetes";
  }
  return "";
}

std::string_view to_string(VersionBasis basis) {
  switch (basis) {
    case VersionBasis::given: return "given";
    case VersionBasis::from_binary: return "from-binary";
    case VersionBasis::assumed: return "assumed";
  }
  return "";
}

std::optional<Version> Version::parse(std::string_view text) {
  text = text.substr(0, text.find('-'));
  int parts[3] = {0, 0, 0};
  int count = 0;
  size_t i = 0;
  while (count < 3) {
    size_t start = i;
    int value = 0;
    for (; i < text.size() && is_ascii_digit(text[i]); ++i) {
      value = value * 10 + (text[i] - '0');
      if (value > 99999) return std::nullopt;
    }
    if (i == start) return std::nullopt;
    parts[count++] = value;
    if (i == text.size()) break;
    if (text[i++] != '.') return std::nullopt;
  }
  if (i != text.size() || count < 2 || text.ends_with('.')) return std::nullopt;
  return Version{parts[0], parts[1], parts[2]};
}

std::string Version::text() const { return fmt::format("{}.{}.{}", major, minor, patch); }

}  // namespace astray
