#include "servers/nginx/keyword.h"

#include <unordered_map>

namespace astray::nginx {

BlockForm form_of(Keyword keyword) {
  switch (keyword) {
    case Keyword::http:
    case Keyword::location:
    case Keyword::if_:
    case Keyword::limit_except:
    case Keyword::upstream:
    case Keyword::map:
    case Keyword::geo:
    case Keyword::split_clients:
    case Keyword::stream:
    case Keyword::events:
    case Keyword::mail:
    case Keyword::types:
    case Keyword::ssl_certificate_by_lua_block:
    case Keyword::ssl_client_hello_by_lua_block:
    case Keyword::balancer_by_lua_block:
    case Keyword::set_by_lua_block:
      return BlockForm::block;
    case Keyword::other:
    case Keyword::server:
      return BlockForm::maybe;
    default:
      return BlockForm::simple;
  }
}

Keyword find_keyword(std::string_view name) {
  static const std::unordered_map<std::string_view, Keyword> names = {
      {"http", Keyword::http},
      {"server", Keyword::server},
      {"location", Keyword::location},
      {"if", Keyword::if_},
      {"limit_except", Keyword::limit_except},
      {"upstream", Keyword::upstream},
      {"map", Keyword::map},
      {"geo", Keyword::geo},
      {"split_clients", Keyword::split_clients},
      {"stream", Keyword::stream},
      {"events", Keyword::events},
      {"mail", Keyword::mail},
      {"types", Keyword::types},
      {"include", Keyword::include},
      {"load_module", Keyword::load_module},
      {"listen", Keyword::listen},
      {"server_name", Keyword::server_name},
      {"http2", Keyword::http2},
      {"http3", Keyword::http3},
      {"return", Keyword::return_},
      {"rewrite", Keyword::rewrite},
      {"set", Keyword::set},
      {"break", Keyword::break_},
      {"error_page", Keyword::error_page},
      {"deny", Keyword::deny},
      {"allow", Keyword::allow},
      {"satisfy", Keyword::satisfy},
      {"ssl", Keyword::ssl},
      {"ssl_certificate", Keyword::ssl_certificate},
      {"ssl_certificate_key", Keyword::ssl_certificate_key},
      {"ssl_protocols", Keyword::ssl_protocols},
      {"ssl_ciphers", Keyword::ssl_ciphers},
      {"ssl_verify_client", Keyword::ssl_verify_client},
      {"ssl_verify_depth", Keyword::ssl_verify_depth},
      {"ssl_client_certificate", Keyword::ssl_client_certificate},
      {"ssl_trusted_certificate", Keyword::ssl_trusted_certificate},
      {"ssl_crl", Keyword::ssl_crl},
      {"ssl_session_cache", Keyword::ssl_session_cache},
      {"ssl_session_tickets", Keyword::ssl_session_tickets},
      {"ssl_session_ticket_key", Keyword::ssl_session_ticket_key},
      {"ssl_reject_handshake", Keyword::ssl_reject_handshake},
      {"ssl_conf_command", Keyword::ssl_conf_command},
      {"ssl_alpn", Keyword::ssl_alpn},
      {"ssl_preread", Keyword::ssl_preread},
      {"ssl_certificate_by_lua_block", Keyword::ssl_certificate_by_lua_block},
      {"ssl_certificate_by_lua_file", Keyword::ssl_certificate_by_lua_file},
      {"ssl_client_hello_by_lua_block", Keyword::ssl_client_hello_by_lua_block},
      {"ssl_client_hello_by_lua_file", Keyword::ssl_client_hello_by_lua_file},
      {"access_log", Keyword::access_log},
      {"log_format", Keyword::log_format},
      {"add_header", Keyword::add_header},
      {"add_header_inherit", Keyword::add_header_inherit},
      {"proxy_pass", Keyword::proxy_pass},
      {"proxy_set_header", Keyword::proxy_set_header},
      {"proxy_http_version", Keyword::proxy_http_version},
      {"proxy_ssl", Keyword::proxy_ssl},
      {"proxy_ssl_server_name", Keyword::proxy_ssl_server_name},
      {"proxy_ssl_name", Keyword::proxy_ssl_name},
      {"proxy_ssl_session_reuse", Keyword::proxy_ssl_session_reuse},
      {"proxy_ssl_verify", Keyword::proxy_ssl_verify},
      {"grpc_pass", Keyword::grpc_pass},
      {"grpc_set_header", Keyword::grpc_set_header},
      {"grpc_ssl_server_name", Keyword::grpc_ssl_server_name},
      {"grpc_ssl_name", Keyword::grpc_ssl_name},
      {"grpc_ssl_session_reuse", Keyword::grpc_ssl_session_reuse},
      {"grpc_ssl_verify", Keyword::grpc_ssl_verify},
      {"uwsgi_pass", Keyword::uwsgi_pass},
      {"uwsgi_param", Keyword::uwsgi_param},
      {"scgi_pass", Keyword::scgi_pass},
      {"scgi_param", Keyword::scgi_param},
      {"fastcgi_pass", Keyword::fastcgi_pass},
      {"fastcgi_param", Keyword::fastcgi_param},
      {"keepalive", Keyword::keepalive},
      {"balancer_by_lua_block", Keyword::balancer_by_lua_block},
      {"balancer_by_lua_file", Keyword::balancer_by_lua_file},
      {"set_by_lua_block", Keyword::set_by_lua_block},
      {"set_by_lua_file", Keyword::set_by_lua_file},
      {"set_by_lua", Keyword::set_by_lua},
      {"js_set", Keyword::js_set},
      {"js_var", Keyword::js_var},
      {"perl_set", Keyword::perl_set},
      {"auth_request_set", Keyword::auth_request_set},
  };
  const auto found = names.find(name);
  return found == names.end() ? Keyword::other : found->second;
}

}  // namespace astray::nginx
