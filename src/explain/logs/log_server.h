#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace astray::explain {

/// Whose log it is. `unknown`: a format that several servers write.
enum class LogServer : uint8_t {
  unknown,
  nginx,
  httpd,
  haproxy,
  envoy,
  caddy,
  traefik,
  trafficserver,
  alb,
  cloudflare,
  astray,
};
inline constexpr size_t log_server_count = 11;

/// "nginx", "alb", …: as in JSON and on the command line.
std::string_view to_string(LogServer server);
/// "Apache httpd", "AWS ALB", …
std::string_view name_of(LogServer server);
std::optional<LogServer> find_log_server(std::string_view id);

/// A line of the server's own configuration that makes its log say what an explanation needs; "" where the
/// server cannot log the SNI.
std::string_view telling_log_format(LogServer server);

}  // namespace astray::explain
