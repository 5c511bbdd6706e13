#include "explain/logs/log_server.h"

#include <array>

namespace astray::explain {
namespace {

struct Server {
  std::string_view id;
  std::string_view name;
  std::string_view telling_format;
};

// In the order of the enumeration. Fields as the servers' documentation names them.
constexpr std::array<Server, log_server_count> servers = {{
    {"unknown", "an unknown server", ""},
    {"nginx", "nginx",
     "log_format astray escape=json '{\"msec\":\"$msec\",\"client\":\"$remote_addr\",\"client_port\":\"$remote_port\","
     "\"conn\":\"$connection\",\"connection_requests\":\"$connection_requests\",\"sni\":\"$ssl_server_name\","
     "\"host\":\"$http_host\",\"server_name\":\"$server_name\",\"proto\":\"$server_protocol\",\"request\":\"$request\","
     "\"status\":\"$status\",\"upstream_addr\":\"$upstream_addr\",\"upstream_status\":\"$upstream_status\","
     "\"user_agent\":\"$http_user_agent\"}';"},
    {"httpd", "Apache httpd",
     "LogFormat \"%t %{c}a:%{remote}p %{c}L sni=%{SSL_TLS_SNI}x host=%{Host}i vhost=%v \\\"%r\\\" %>s "
     "\\\"%{User-Agent}i\\\"\" astray"},
    {"haproxy", "HAProxy",
     "log-format \"%ci:%cp [%tr] %ft %b/%s sni=%[ssl_fc_sni] host=%[var(txn.host)] %ST %tsc %{+Q}r\" "
     "(with: http-request set-var(txn.host) req.hdr(host))"},
    {"envoy", "Envoy",
     "text_format: \"[%START_TIME%] %DOWNSTREAM_REMOTE_ADDRESS% conn=%CONNECTION_ID% sni=%REQUESTED_SERVER_NAME% "
     "host=%REQ(:AUTHORITY)% %PROTOCOL% %RESPONSE_CODE% %RESPONSE_FLAGS% %UPSTREAM_HOST% \\\"%REQ(:PATH)%\\\"\\n\""},
    {"caddy", "Caddy", "log   (its JSON has the SNI, the client's port and the host already)"},
    {"traefik", "Traefik",
     ""},
    {"trafficserver", "Traffic Server",
     "format: '%<cqtq> %<chi>:%<chp> conn=%<ccid> sni=%<cssn> host=%<{Host}cqh> %<cqpv> %<pssc> %<sssc> \"%<cqhm> %<cqup>\"'"},
    {"alb", "AWS ALB", ""},
    {"cloudflare", "Cloudflare", ""},
    {"astray", "astray gateway", "access_log: {path: /var/log/astray/access.log, format: json}"},
}};

}  // namespace

std::string_view to_string(LogServer server) {
  return servers[static_cast<size_t>(server)].id;
}
std::string_view name_of(LogServer server) {
  return servers[static_cast<size_t>(server)].name;
}
std::optional<LogServer> find_log_server(std::string_view id) {
  for (size_t i = 1; i < servers.size(); ++i) {
    if (servers[i].id == id) return static_cast<LogServer>(i);
  }
  return std::nullopt;
}
std::string_view telling_log_format(LogServer server) {
  return servers[static_cast<size_t>(server)].telling_format;
}

}  // namespace astray::explain
