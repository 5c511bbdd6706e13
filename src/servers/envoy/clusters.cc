#include "servers/envoy/clusters.h"

#include <fmt/format.h>

#include "servers/envoy/tls_context.h"

namespace astray::envoy {
namespace {

using NameKind = NameExpression::Kind;

void take_addresses(const Node* cluster, Reading& reading, BackEdge& edge) {
  const std::string type = text(cluster, "type");
  const Node* assignment = field(cluster, "load_assignment");
  if (type == "EDS" || type == "ORIGINAL_DST" || field(cluster, "cluster_type") != nullptr) {
    edge.addresses_known = false;
    return;
  }
  for (const Node* locality : items(assignment, "endpoints")) {
    for (const Node* each : items(locality, "lb_endpoints")) {
      const Node* socket = field_at(each, "endpoint.address.socket_address");
      const Node* pipe = field_at(each, "endpoint.address.pipe");
      BackAddress& address = edge.addresses.emplace_back();
      if (pipe != nullptr) {
        address.host = "unix:" + text(pipe, "path");
        address.span = pipe->place;
        continue;
      }
      address.host = text(socket, "address");
      address.span = place(socket != nullptr ? socket : each);
      if (const auto ip = IpAddress::parse(address.host)) address.ip = *ip;
      if (address.host == "localhost") address.ip = IpAddress::v4({127, 0, 0, 1});
      if (const auto port = port_of(socket, "port_value"))
        address.port = *port;
      else
        reading.error(address.span, "this endpoint has no port_value between 1 and 65535");
    }
  }
  if (edge.addresses.empty()) {
    edge.addresses_known = false;
    reading.warning(cluster->place, fmt::format("cluster {} has no endpoint that this file states",
                                                text(cluster, "name")));
  }
}

/// HttpProtocolOptions among a cluster's typed_extension_protocol_options; nullptr without.
const Node* http_options(const Node* cluster) {
  const Node* all = field(cluster, "typed_extension_protocol_options");
  if (all == nullptr) return nullptr;
  for (const gateway::YamlMember& each : all->members)
    if (is_message(&each.value, "HttpProtocolOptions")) return &each.value;
  return nullptr;
}

/// auto_sni takes the request's Host, after the route has rewritten it, and never an address.
NameExpression sni_of_host(const NameExpression& host) {
  if (host.kind == NameKind::request_host_raw) return {NameKind::request_host, ""};
  return host;
}

void take_tls(const Node* cluster, const Node* context, Reading& reading, BackEdge& edge) {
  const Node* http = field(http_options(cluster), "upstream_http_protocol_options");
  if (http == nullptr) http = field(cluster, "upstream_http_protocol_options");
  const Node* sni = field(context, "sni");
  if (flag(http, "auto_sni", false)) {
    const Node* from = field(http, "override_auto_sni_header");
    edge.sni = {from == nullptr ? sni_of_host(edge.host.value)
                                : NameExpression{NameKind::unknowable, "header " + from->text},
                place(field(http, "auto_sni")), from == nullptr ? Provenance::set : Provenance::unknowable};
  } else if (flag(context, "auto_host_sni", false)) {
    edge.sni = {{NameKind::back_host, ""}, place(field(context, "auto_host_sni")), Provenance::set};
  } else if (sni != nullptr && !sni->text.empty()) {
    edge.sni = {{NameKind::fixed, sni->text}, sni->place, Provenance::set};
  } else {
    edge.sni = {{NameKind::none, ""}, context->place, Provenance::default_value};
  }
  const PeerValidation validation = validation_of(field(context, "common_tls_context"), reading);
  edge.verify = {validation.verifies_chain, validation.span,
                 !validation.known          ? Provenance::unknowable
                 : validation.span.known() ? Provenance::set
                                            : Provenance::default_value};
  if (flag(http, "auto_san_validation", false))
    edge.verify_name = {sni_of_host(edge.host.value), place(field(http, "auto_san_validation")), Provenance::set};
  else if (validation.exact_name)
    edge.verify_name = {{NameKind::fixed, *validation.exact_name}, validation.span, Provenance::set};
  else if (validation.matches_names)
    edge.verify_name = {{NameKind::unknowable, "match_typed_subject_alt_names"}, validation.span, Provenance::unknowable};
  edge.session_reuse.value = true;
  if (const auto keys = number(context, "max_session_keys"))
    edge.session_reuse = {*keys != 0, place(field(context, "max_session_keys")), Provenance::set};
}

}  // namespace

void take_cluster(std::string_view cluster_name, Reading& reading, BackEdge& edge) {
  edge.target = cluster_name;
  edge.pool = cluster_name;
  const auto found = reading.resources().clusters.find(cluster_name);
  if (found == reading.resources().clusters.end()) {
    edge.addresses_known = false;
    reading.warning(edge.span, fmt::format("cluster {} is not in this configuration; where requests go from here "
                                           "cannot be told",
                                           cluster_name));
    return;
  }
  const Node* cluster = found->second;
  take_addresses(cluster, reading, edge);
  // The pool's key has the server name in it (common/network/transport_socket_options_impl.cc): connections of
  // two names are never mixed.
  edge.keepalive.value = 1;
  const TransportSocket socket = transport_socket_of(cluster);
  const bool is_tcp = edge.protocol == BackProtocol::tcp;
  switch (socket.kind) {
    case TransportSocket::Kind::none:
    case TransportSocket::Kind::raw:
      return;
    case TransportSocket::Kind::tls:
      if (!is_tcp) edge.protocol = BackProtocol::https;
      return take_tls(cluster, socket.context, reading, edge);
    case TransportSocket::Kind::unknowable:
      edge.protocol = is_tcp ? BackProtocol::tcp : BackProtocol::https;
      edge.sni = {{NameKind::unknowable, socket.type}, socket.span, Provenance::unknowable};
      edge.verify = {false, socket.span, Provenance::unknowable};
      return;
  }
}

}  // namespace astray::envoy
