#include <fmt/format.h>

#include "explain/logs/format_fields.h"
#include "explain/logs/json_format.h"

namespace astray::explain {
namespace {

using enum LogField;

struct Row {
  std::string_view path;
  LogField field;
  LogServer server = LogServer::unknown;
};

constexpr Row rows[] = {
    {"time", LogField::time},
    // Caddy (modules/caddyhttp/marshalers.go).
    {"ts", time_seconds},
    {"logger", logger},
    {"msg", message},
    {"request.remote_ip", client, LogServer::caddy},
    {"request.remote_port", client_port, LogServer::caddy},
    {"request.remote_addr", client_endpoint, LogServer::caddy},
    {"request.proto", protocol, LogServer::caddy},
    {"request.method", method, LogServer::caddy},
    {"request.host", authority, LogServer::caddy},
    {"request.uri", target, LogServer::caddy},
    {"request.headers.User-Agent", agent, LogServer::caddy},
    {"request.tls.version", tls, LogServer::caddy},
    {"request.tls.server_name", sni, LogServer::caddy},
    {"status", LogField::status},
    // Traefik (pkg/middlewares/accesslog/logdata.go), which knows no SNI; and its debug log.
    {"StartUTC", LogField::time, LogServer::traefik},
    {"ClientAddr", client_endpoint, LogServer::traefik},
    {"RequestHost", authority, LogServer::traefik},
    {"RequestAddr", ignored, LogServer::traefik},
    {"RequestMethod", method, LogServer::traefik},
    {"RequestPath", target, LogServer::traefik},
    {"RequestProtocol", protocol, LogServer::traefik},
    {"RequestScheme", scheme, LogServer::traefik},
    {"DownstreamStatus", LogField::status, LogServer::traefik},
    {"OriginStatus", back_status, LogServer::traefik},
    {"RouterName", virtual_host, LogServer::traefik},
    {"ServiceURL", back, LogServer::traefik},
    {"request_User-Agent", agent, LogServer::traefik},
    {"TLSVersion", tls, LogServer::traefik},
    {"req.Host", authority, LogServer::traefik},
    {"req.TLS.ServerName", sni, LogServer::traefik},
    {"message", message},
    // Envoy and Istio.
    {"start_time", LogField::time},
    {"requested_server_name", sni, LogServer::envoy},
    {"authority", LogField::authority},
    {"response_code", LogField::status, LogServer::envoy},
    {"response_flags", details, LogServer::envoy},
    {"connection_id", connection},
    {"downstream_remote_address", client_endpoint, LogServer::envoy},
    {"upstream_host", back, LogServer::envoy},
    {"protocol", LogField::protocol},
    {"path", target},
    {"method", LogField::method},
    {"user_agent", agent},
    // Cloudflare's Logpush of HTTP requests.
    {"EdgeStartTimestamp", LogField::time, LogServer::cloudflare},
    {"ClientIP", client, LogServer::cloudflare},
    {"ClientSrcPort", client_port, LogServer::cloudflare},
    {"ClientRequestHost", LogField::authority, LogServer::cloudflare},
    {"ClientRequestMethod", LogField::method, LogServer::cloudflare},
    {"ClientRequestURI", target, LogServer::cloudflare},
    {"ClientRequestProtocol", LogField::protocol, LogServer::cloudflare},
    {"ClientRequestScheme", LogField::scheme, LogServer::cloudflare},
    {"ClientRequestUserAgent", agent, LogServer::cloudflare},
    {"ClientSSLProtocol", ignored, LogServer::cloudflare},
    {"EdgeResponseStatus", LogField::status, LogServer::cloudflare},
    {"OriginResponseStatus", back_status, LogServer::cloudflare},
    {"OriginIP", back, LogServer::cloudflare},
    // nginx's variables by their own names, and what people call them; others' words beside them.
    {"time_iso8601", LogField::time, LogServer::nginx},
    {"time_local", LogField::time, LogServer::nginx},
    {"msec", time_seconds, LogServer::nginx},
    {"timestamp", LogField::time},
    {"@timestamp", LogField::time},
    {"remote_addr", client},
    {"remote_port", client_port},
    {"client_ip", client},
    {"client", client},
    {"client_port", client_port},
    {"ssl_server_name", sni},
    {"sni", sni},
    {"tls_sni", sni},
    {"http_host", LogField::authority},
    {"host", LogField::authority},
    {"vhost", virtual_host},
    {"server_name", virtual_host},
    {"connection", LogField::connection},
    {"conn", LogField::connection},
    {"connection_requests", request_number},
    {"connection_request", request_number},
    {"server_protocol", LogField::protocol},
    {"proto", LogField::protocol},
    {"scheme", LogField::scheme},
    {"request", request_line},
    {"request_method", LogField::method},
    {"request_uri", target},
    {"uri", target},
    {"http_user_agent", agent},
    {"upstream_addr", back},
    {"upstream_status", back_status},
    {"reason", reason},
};

}  // namespace

std::span<const JsonField> known_json_fields() {
  static const std::vector<JsonField> list = [] {
    std::vector<JsonField> all;
    // astray's own (docs/gateway-log.md); its "time" is anybody's.
    for (const NamedField& each : astray_fields()) {
      if (each.field != ignored && each.field != LogField::time)
        all.push_back({fmt::format("astray.{}", each.name), each.field, LogServer::astray});
    }
    for (const Row& row : rows) all.push_back({std::string(row.path), row.field, row.server});
    return all;
  }();
  return list;
}

}  // namespace astray::explain
