#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace astray {

enum class ServerKind : uint8_t { nginx, httpd, astray, haproxy, caddy, h2o, envoy, istio, trafficserver, traefik, kubernetes };
std::string_view to_string(ServerKind kind);

/// A release number; behaviour is asked about by comparing: `version >= Version{1, 29, 7}`.
struct Version {
  int major = 0, minor = 0, patch = 0;
  /// "1.22.1", "2.4.66"; a Debian revision behind '-' is ignored.
  static std::optional<Version> parse(std::string_view text);
  std::string text() const;
  auto operator<=>(const Version&) const = default;
};

/// How we know the version that a prediction is made for.
enum class VersionBasis : uint8_t { given, from_binary, assumed };
std::string_view to_string(VersionBasis basis);

}  // namespace astray
