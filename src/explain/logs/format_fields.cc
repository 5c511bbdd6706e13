#include "explain/logs/format_fields.h"

namespace astray::explain {
namespace {

using enum LogField;

// nginx's documentation of its variables (ngx_http_core_module, ngx_http_ssl_module, ngx_http_upstream_module,
// ngx_http_log_module).
constexpr NamedField nginx_list[] = {
    {"time_local", time},
    {"time_iso8601", time},
    {"msec", time_seconds},
    {"remote_addr", client},
    {"realip_remote_addr", client},
    {"remote_port", client_port},
    {"request", request_line},
    {"request_method", method},
    {"request_uri", target},
    {"uri", target},
    {"server_protocol", protocol},
    {"http2", protocol},
    {"status", status},
    {"upstream_status", back_status},
    {"ssl_server_name", sni},
    {"ssl_preread_server_name", sni},
    {"host", authority},
    {"http_host", authority},
    {"server_name", virtual_host},
    {"connection", connection},
    {"connection_requests", request_number},
    {"http_user_agent", agent},
    {"upstream_addr", back},
    {"scheme", scheme},
    {"ssl_protocol", tls},
};

// httpd's mod_log_config and mod_ssl; %{c}L is the connection's log id. An h2 connection has a %k of 0 for each
// request, so %k counts on HTTP/1.1 alone.
constexpr NamedField httpd_list[] = {
    {"h", client},
    {"a", client},
    {"{c}a", client},
    {"{remote}p", client_port},
    {"t", time},
    {"{sec}t", time_seconds},
    {"{msec}t", time_milliseconds},
    {"{usec}t", time_microseconds},
    {"r", request_line},
    {"m", method},
    {"U", target},
    {"H", protocol},
    {"s", status},
    {"v", virtual_host},
    {"V", authority},
    {"{Host}i", authority},
    {"{SSL_TLS_SNI}x", sni},
    {"{SSL_PROTOCOL}x", tls},
    {"{User-Agent}i", agent},
    {"{User-agent}i", agent},
    {"k", requests_before},
    {"{c}L", connection},
};

// HAProxy's configuration manual, section 8.2.6, and its sample fetches.
constexpr NamedField haproxy_list[] = {
    {"ci", client},
    {"cp", client_port},
    {"tr", time},
    {"t", time},
    {"trl", time},
    {"trg", time},
    {"T", time},
    {"ts", details},
    {"tsc", details},
    {"Ts", time_seconds},
    {"ft", frontend},
    {"f", virtual_host},
    {"b", virtual_host},
    {"s", back},
    {"ST", status},
    {"r", request_line},
    {"HM", method},
    {"HP", target},
    {"HU", target},
    {"HPO", target},
    {"HV", protocol},
    {"hr", captures},
    {"hs", captures},
    {"sslv", tls},
    {"[ssl_fc_sni]", sni},
    {"[req.hdr(host)]", authority},
    {"[req.hdr(Host)]", authority},
    {"[req.fhdr(host)]", authority},
    {"[capture.req.hdr(0)]", authority},
    {"[var(txn.host)]", authority},
    {"[fc_id]", connection},
    {"[fc_http_major]", protocol},
    {"[ssl_fc_protocol]", tls},
    {"[bc_reused]", back_reused},
    {"[src]", client},
    {"[src_port]", client_port},
    {"[txn.status]", status},
};

// Envoy's access log command operators.
constexpr NamedField envoy_list[] = {
    {"START_TIME", time},
    {"REQ(:METHOD)", method},
    {"REQ(X-ENVOY-ORIGINAL-PATH?:PATH)", target},
    {"REQ(:PATH)", target},
    {"PROTOCOL", protocol},
    {"RESPONSE_CODE", status},
    {"RESPONSE_FLAGS", details},
    {"REQ(USER-AGENT)", agent},
    {"REQ(:AUTHORITY)", authority},
    {"REQ(HOST)", authority},
    {"REQ(:SCHEME)", scheme},
    {"UPSTREAM_HOST", back},
    {"REQUESTED_SERVER_NAME", sni},
    {"CONNECTION_ID", connection},
    {"DOWNSTREAM_REMOTE_ADDRESS", client_endpoint},
    {"DOWNSTREAM_DIRECT_REMOTE_ADDRESS", client_endpoint},
    {"DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", client},
    {"DOWNSTREAM_TLS_VERSION", tls},
    {"VIRTUAL_CLUSTER_NAME", virtual_host},
    {"FILTER_CHAIN_NAME", handshake_virtual_host},
    {"ROUTE_NAME", ignored},
};

// Traffic Server's log formatting. Requests are rewritten before they are logged: URLs are those that the map leads to, and
// cqtx and cqhv have HTTP/1.1 also where the client speaks HTTP/2; cqpv alone has the client's version ("http/2").
constexpr NamedField trafficserver_list[] = {
    {"cqtq", time_seconds},
    {"cqts", time_seconds},
    {"cqtn", time},
    {"chi", client},
    {"chp", client_port},
    {"cqhm", method},
    {"pquc", rewritten_target},
    {"cquc", rewritten_target},
    {"cqup", target},
    {"cqtx", rewritten_request_line},
    {"cqhv", ignored},
    {"cqpv", protocol},
    {"pssc", status},
    {"sssc", back_status},
    {"cssn", sni},
    {"{Host}cqh", authority},
    {"{host}cqh", authority},
    {"{User-Agent}cqh", agent},
    {"cqus", scheme},
    {"cqssv", tls},
    {"shn", back},
    {"shi", back},
    {"ccid", connection},
};

// The gateway refuses a format with any other field (docs/gateway-log.md).
constexpr NamedField astray_list[] = {
    {"time", time},
    {"duration", ignored},
    {"client.address", client_endpoint},
    {"client.peer", ignored},
    {"listener", ignored},
    {"connection.id", connection},
    {"connection.request", request_number},
    {"connection.reused", reused},
    {"connection.trusted_gateway", ignored},
    {"tls.sni", sni},
    {"tls.version", tls},
    {"tls.cipher", ignored},
    {"tls.resumed", ignored},
    {"tls.client_certificate", ignored},
    {"tls.virtual_host", handshake_virtual_host},
    {"http.protocol", protocol},
    {"http.scheme", scheme},
    {"http.authority", authority},
    {"http.virtual_host", virtual_host},
    {"http.method", method},
    {"http.path", target},
    {"http.query", ignored},
    {"http.user_agent", agent},
    {"http.status", status},
    {"http.request_bytes", ignored},
    {"http.response_bytes", ignored},
    {"answer", ignored},
    {"reason", reason},
    {"back.name", back},
    {"back.address", back},
    {"back.connection.id", ignored},
    {"back.connection.reused", back_reused},
    {"back.status", back_status},
    {"back.duration", ignored},
    {"back.attempts", ignored},
    {"back.retried_after_421", ignored},
    {"error.kind", ignored},
    {"error.sentence", ignored},
};

}  // namespace

std::span<const NamedField> nginx_fields() {
  return nginx_list;
}
std::span<const NamedField> httpd_fields() {
  return httpd_list;
}
std::span<const NamedField> haproxy_fields() {
  return haproxy_list;
}
std::span<const NamedField> envoy_fields() {
  return envoy_list;
}
std::span<const NamedField> trafficserver_fields() {
  return trafficserver_list;
}
std::span<const NamedField> astray_fields() {
  return astray_list;
}

LogField find_field(std::span<const NamedField> fields, std::string_view name) {
  for (const NamedField& row : fields) {
    if (row.name == name) return row.field;
  }
  return ignored;
}

FormatPieces PieceBuilder::finish(LogServer server) {
  pieces_.server = server;
  pieces_.after = std::move(before_);
  return std::move(pieces_);
}

}  // namespace astray::explain
