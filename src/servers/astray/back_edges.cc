#include "servers/astray/back_edges.h"

#include "gateway/configuration/check_parts.h"
#include "names/authority.h"

namespace astray::own_gateway {
namespace {

using Kind = NameExpression::Kind;

BackProtocol protocol_of(gateway::BackProtocol protocol) {
  return gateway::uses_tls(protocol) ? BackProtocol::https : BackProtocol::http;
}

std::string location_of(const gateway::MatchSettings& match) {
  if (match.exact) return "= " + match.exact->text;
  if (match.regex) return "~ " + match.regex->value.text;
  return match.prefix ? match.prefix->text : "/";
}

Setting<NameExpression> host_of(const gateway::RouteSettings& route) {
  const auto& settings = route.host.settings;
  if (settings && settings->rewrite)
    return {{Kind::fixed, settings->rewrite->text()}, route.place, Provenance::set};
  return {{Kind::request_host_raw, {}}, {}, Provenance::default_value};
}

Setting<NameExpression> sni_of(const gateway::RouteSettings& route) {
  const auto& settings = route.sni.settings;
  if (settings && settings->rewrite)
    return {{Kind::fixed, std::string(settings->rewrite->value.hostname().text())},
            settings->rewrite->place,
            Provenance::set};
  return {{Kind::request_host, {}}, {}, Provenance::default_value};
}

void take_verification(const gateway::BackSettings& back, const Setting<NameExpression>& sni,
                       BackEdge& edge) {
  edge.verify = {true, {}, Provenance::default_value};
  edge.verify_name = {sni.value, {}, Provenance::default_value};
  if (!back.verify.settings) {
    edge.verify = {false, back.name.place, Provenance::set};
    edge.verify_name = {};
  } else if (back.verify.settings->name) {
    edge.verify_name = {{Kind::fixed, back.verify.settings->name->text()}, back.name.place, Provenance::set};
  }
}

BackEdge edge_of(const gateway::RouteSettings& route, const gateway::WeightedBack& weighted,
                 const gateway::BackSettings& back) {
  BackEdge edge;
  edge.span = weighted.back.place;
  edge.location = location_of(route.match);
  edge.protocol = protocol_of(back.protocol);
  edge.target = back.name.value.text;
  edge.pool = back.name.value.text;
  for (const gateway::Placed<gateway::BackAddress>& address : back.addresses) {
    BackAddress& made = edge.addresses.emplace_back();
    made.host = address.value.host.text();
    if (const IpAddress* ip = address.value.host.address()) made.ip = *ip;
    made.port = address.value.port;
    made.span = address.place;
  }
  edge.host = host_of(route);
  if (uses_tls(edge.protocol)) {
    edge.sni = sni_of(route);
    take_verification(back, edge.sni, edge);
    edge.session_reuse = {true, {}, Provenance::default_value};
  }
  edge.keepalive = {static_cast<int>(back.limits.connections), {}, Provenance::default_value};
  return edge;
}

}  // namespace

std::vector<BackEdge> back_edges(const gateway::Configuration& configuration,
                                 const gateway::VirtualHostSettings& virtual_host) {
  std::vector<BackEdge> edges;
  for (const gateway::RouteSettings& route : virtual_host.routes)
    for (const gateway::WeightedBack& weighted : route.backs)
      if (const auto* back = gateway::find_named(configuration.backs, weighted.back.value);
          back != nullptr && weighted.weight != 0)
        edges.push_back(edge_of(route, weighted, *back));
  return edges;
}

}  // namespace astray::own_gateway
