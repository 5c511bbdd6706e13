#include "servers/haproxy/back_edges.h"

#include <algorithm>
#include <limits>

namespace astray::haproxy {
namespace {

using Fetch = Expression::Fetch;
using Kind = NameExpression::Kind;

/// Converters that leave a host name what it is: its case and its port aside.
bool keeps_the_name(const Expression& expression) {
  return std::all_of(expression.converters.begin(), expression.converters.end(), [](const Converter& converter) {
    if (converter.kind == Converter::Kind::lower || converter.kind == Converter::Kind::host_only) return true;
    const auto& arguments = converter.call.arguments;
    return converter.kind == Converter::Kind::field && arguments.size() == 2 && arguments[0] == "1" &&
           arguments[1] == ":";
  });
}

NameExpression unknowable(std::string text) {
  return {Kind::unknowable, std::move(text)};
}

Setting<NameExpression> host_sent(const Outcome& outcome) {
  Setting<NameExpression> host{{Kind::request_host_raw, {}}, {}, Provenance::default_value};
  for (const Rule* rule : outcome.host_rules) {
    host.span = rule->span;
    host.provenance = Provenance::set;
    const bool is_alone = rule->format && rule->format->pieces.size() == 1;
    const Format::Piece* piece = is_alone ? &rule->format->pieces.front() : nullptr;
    if (rule->action != Rule::Action::set_host || piece == nullptr || !piece->known)
      host.value = unknowable(rule->format ? rule->format->text : "");
    else if (!piece->expression)
      host.value = {Kind::fixed, piece->text};
    else if (piece->expression->fetch == Fetch::sni && keeps_the_name(*piece->expression))
      host.value = {Kind::front_sni, {}};
    else if (piece->expression->fetch == Fetch::host && keeps_the_name(*piece->expression))
      continue;  // whatever it was before
    else
      host.value = unknowable(rule->format->text);
    if (host.value.kind == Kind::unknowable) host.provenance = Provenance::unknowable;
  }
  return host;
}

/// The Host as SNI, which has no port.
NameExpression as_sni(const NameExpression& host) {
  if (host.kind == Kind::request_host_raw) return {Kind::request_host, {}};
  if (host.kind == Kind::fixed) return {Kind::fixed, host.text.substr(0, host.text.find(':'))};
  return host;
}

Setting<NameExpression> sni_sent(const Proxy& back, const ServerLine& server, const Setting<NameExpression>& host) {
  if (!server.sni) {
    const bool is_auto = server.sni_auto && back.http;
    const Provenance stated = server.sni_auto_span.known() ? Provenance::set : Provenance::default_value;
    if (!is_auto) return {{}, server.sni_auto_span, stated};
    return {as_sni(host.value), server.sni_auto_span, host.known() ? stated : Provenance::unknowable};
  }
  const Expression& sni = *server.sni;
  Setting<NameExpression> made{{}, server.sni_span, Provenance::set};
  if (sni.fetch == Fetch::host && keeps_the_name(sni))
    made.value = as_sni(host.value);
  else if ((sni.fetch == Fetch::sni || sni.fetch == Fetch::hello_sni) && keeps_the_name(sni))
    made.value = {Kind::front_sni, {}};
  else if (sni.fetch == Fetch::text && sni.converters.empty() && !sni.call.arguments.empty())
    made.value = {Kind::fixed, sni.call.arguments.front()};
  else
    made.value = unknowable(sni.text);
  if (made.value.kind == Kind::unknowable) made.provenance = Provenance::unknowable;
  return made;
}

Setting<int> idle_connections(const Proxy& back, const ServerLine& server) {
  if (back.reuse.value == "never") return {0, back.reuse.span, back.reuse.provenance};
  if (!back.keeps_alive.value) return {0, back.keeps_alive.span, back.keeps_alive.provenance};
  if (server.keepalive.value >= 0) return server.keepalive;
  return {std::numeric_limits<int>::max(), back.reuse.span, back.reuse.provenance};
}

BackEdge edge_of(const Proxy& back, const ServerLine& server, const Outcome& outcome) {
  BackEdge edge;
  edge.span = server.span;
  edge.location = back.http ? "/" : "";
  edge.protocol = server.ssl ? BackProtocol::https : back.http ? BackProtocol::http : BackProtocol::tcp;
  edge.target = back.name + "/" + server.name;
  edge.pool = back.name;
  edge.addresses_known = server.address_known;
  if (server.address_known) edge.addresses.push_back(server.address);
  edge.host = back.http ? host_sent(outcome)
                        : Setting<NameExpression>{{Kind::request_host_raw, {}}, {}, Provenance::default_value};
  if (server.ssl) {
    edge.sni = sni_sent(back, server, edge.host);
    edge.verify = server.verify;
    edge.session_reuse = server.session_reuse;
    if (server.verify.value) {
      edge.verify_name = edge.sni;
      if (!server.verify_host.value.empty())
        edge.verify_name = {{Kind::fixed, server.verify_host.value}, server.verify_host.span,
                            server.verify_host.provenance};
    }
  }
  edge.keepalive = back.http ? idle_connections(back, server) : Setting<int>{};
  // Idle connections are found by the SNI's expression, unless another is named for that.
  edge.pool_ignores_sni = server.ssl && server.pool_name && server.sni && *server.pool_name != server.sni->text;
  return edge;
}

}  // namespace

std::vector<BackEdge> back_edges(const Proxy& back, const Outcome& outcome) {
  std::vector<BackEdge> edges;
  for (const ServerLine& server : back.servers)
    if (!server.disabled) edges.push_back(edge_of(back, server, outcome));
  return edges;
}

}  // namespace astray::haproxy
