#pragma once
#include <cstdint>
#include <string_view>

namespace astray::nginx {

/// The directives that astray understands; every other one is `other`, and kept as text.
enum class Keyword : uint8_t {
  other,
  // structure
  http,
  server,
  location,
  if_,
  limit_except,
  upstream,
  map,
  geo,
  split_clients,
  stream,
  events,
  mail,
  types,
  include,
  load_module,
  // request
  listen,
  server_name,
  http2,
  http3,
  return_,
  rewrite,
  set,
  break_,
  error_page,
  deny,
  allow,
  satisfy,
  // tls
  ssl,
  ssl_certificate,
  ssl_certificate_key,
  ssl_protocols,
  ssl_ciphers,
  ssl_verify_client,
  ssl_verify_depth,
  ssl_client_certificate,
  ssl_trusted_certificate,
  ssl_crl,
  ssl_session_cache,
  ssl_session_tickets,
  ssl_session_ticket_key,
  ssl_reject_handshake,
  ssl_conf_command,
  ssl_alpn,
  ssl_preread,
  ssl_certificate_by_lua_block,
  ssl_certificate_by_lua_file,
  ssl_client_hello_by_lua_block,
  ssl_client_hello_by_lua_file,
  // log and headers
  access_log,
  log_format,
  add_header,
  add_header_inherit,
  // back
  proxy_pass,
  proxy_set_header,
  proxy_http_version,
  proxy_ssl,
  proxy_ssl_server_name,
  proxy_ssl_name,
  proxy_ssl_session_reuse,
  proxy_ssl_verify,
  grpc_pass,
  grpc_set_header,
  grpc_ssl_server_name,
  grpc_ssl_name,
  grpc_ssl_session_reuse,
  grpc_ssl_verify,
  uwsgi_pass,
  uwsgi_param,
  scgi_pass,
  scgi_param,
  fastcgi_pass,
  fastcgi_param,
  keepalive,
  balancer_by_lua_block,
  balancer_by_lua_file,
  // variables
  set_by_lua_block,
  set_by_lua_file,
  set_by_lua,
  js_set,
  js_var,
  perl_set,
  auth_request_set,
};

/// Whether the directive opens a block: `maybe` for those that astray does not know, and for `server`, which
/// is a simple one in upstream { }.
enum class BlockForm : uint8_t { simple, block, maybe };
BlockForm form_of(Keyword keyword);

/// By exact name, as nginx compares it.
Keyword find_keyword(std::string_view name);

}  // namespace astray::nginx
