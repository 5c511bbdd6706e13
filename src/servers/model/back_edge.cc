#include "servers/model/back_edge.h"

namespace astray {

std::string_view to_string(NameExpression::Kind kind) {
  switch (kind) {
    case NameExpression::Kind::none: return "none";
    case NameExpression::Kind::fixed: return "fixed";
    case NameExpression::Kind::request_host: return "request-host";
    case NameExpression::Kind::request_host_raw: return "request-host-raw";
    case NameExpression::Kind::front_sni: return "front-sni";
    case NameExpression::Kind::first_name: return "first-name";
    case NameExpression::Kind::back_host: return "back-host";
    case NameExpression::Kind::unknowable: return "unknowable";
  }
  return "";
}

std::string_view to_string(BackProtocol protocol) {
  switch (protocol) {
    case BackProtocol::http: return "http";
    case BackProtocol::https: return "https";
    case BackProtocol::grpc: return "grpc";
    case BackProtocol::grpcs: return "grpcs";
    case BackProtocol::fastcgi: return "fastcgi";
    case BackProtocol::uwsgi: return "uwsgi";
    case BackProtocol::scgi: return "scgi";
    case BackProtocol::ajp: return "ajp";
    case BackProtocol::tcp: return "tcp";
  }
  return "";
}

}  // namespace astray
