#include "servers/kubernetes/ingress_nginx.h"

namespace astray::kubernetes::ingress_nginx {
namespace {

using NameKind = NameExpression::Kind;

std::string value_of(const Object& ingress, std::string_view name) {
  const Node* node = annotation_of(ingress, name);
  return node == nullptr ? "" : node->text;
}

/// What nginx is told to pass to: the name of its one upstream, which no server of the user has.
constexpr std::string_view upstream_name = "upstream_balancer";

void take_tls(const Object& ingress, BackEdge& edge) {
  edge.session_reuse.value = true;
  const Node* secret = annotation_of(ingress, "proxy-ssl-secret");
  const Node* protocol = annotation_of(ingress, "backend-protocol");
  edge.verify = {false, place(protocol), Provenance::default_value};
  edge.sni = {{}, place(protocol), Provenance::default_value};
  if (secret == nullptr) return;
  NameExpression name{NameKind::fixed, std::string(upstream_name)};
  if (const Node* stated = annotation_of(ingress, "proxy-ssl-name")) name.text = stated->text;
  if (const Node* sends = annotation_of(ingress, "proxy-ssl-server-name"); sends != nullptr && sends->text == "on")
    edge.sni = {name, sends->place, Provenance::set};
  if (const Node* verifies = annotation_of(ingress, "proxy-ssl-verify"); verifies != nullptr && verifies->text == "on") {
    edge.verify = {true, verifies->place, Provenance::set};
    edge.verify_name = {name, verifies->place, Provenance::set};
  }
}

}  // namespace

const Node* annotation_of(const Object& ingress, std::string_view name) {
  return annotation(ingress, std::string("nginx.ingress.kubernetes.io/").append(name));
}

const Node* snippet_of(const Object& ingress) {
  for (const std::string_view name : {"server-snippet", "configuration-snippet", "auth-url", "modsecurity-snippet"})
    if (const Node* node = annotation_of(ingress, name)) return node;
  return nullptr;
}

void take_client_authentication(const Object& ingress, Credentials& credentials, TlsSettings& into) {
  const Node* secret = annotation_of(ingress, "auth-tls-secret");
  if (secret == nullptr || into.client_authentication.stated()) return;
  const std::string mode = value_of(ingress, "auth-tls-verify-client");
  const ClientAuthentication asked = mode == "off"              ? ClientAuthentication::off
                                     : mode == "optional"       ? ClientAuthentication::optional
                                     : mode == "optional_no_ca" ? ClientAuthentication::optional_no_ca
                                                                : ClientAuthentication::required;
  into.client_authentication = {asked, secret->place, Provenance::set};
  const size_t slash = secret->text.find('/');
  const std::string name_space = slash == std::string::npos ? ingress.name_space : secret->text.substr(0, slash);
  const std::string name = slash == std::string::npos ? secret->text : secret->text.substr(slash + 1);
  into.client_authorities = credentials.authorities_of_secret(name_space, name, secret->place);
}

void take_back_annotations(const Object& ingress, BackEdge& edge) {
  edge.host = {{NameKind::request_host_raw, {}}, {}, Provenance::default_value};
  if (const Node* host = annotation_of(ingress, "upstream-vhost"))
    edge.host = {{NameKind::fixed, host->text}, host->place, Provenance::set};
  const std::string protocol = value_of(ingress, "backend-protocol");
  edge.protocol = protocol == "HTTPS"   ? BackProtocol::https
                  : protocol == "GRPC"  ? BackProtocol::grpc
                  : protocol == "GRPCS" ? BackProtocol::grpcs
                  : protocol == "FCGI"  ? BackProtocol::fastcgi
                                        : BackProtocol::http;
  if (uses_tls(edge.protocol)) take_tls(ingress, edge);
}

int clear_redirect(const Object& ingress, bool has_tls) {
  constexpr int permanent_redirect = 308;
  if (value_of(ingress, "force-ssl-redirect") == "true") return permanent_redirect;
  return has_tls && value_of(ingress, "ssl-redirect") != "false" ? permanent_redirect : 0;
}

}  // namespace astray::kubernetes::ingress_nginx
