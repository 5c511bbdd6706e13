#include "servers/caddy/proxy.h"

#include <charconv>

namespace astray::caddy {
namespace {

constexpr Version names_tls_back_in_host{2, 11, 0};  // before, Host is the client's always
/// With a placeholder in the server name, idle connections are kept by address alone (Transport.DialTLSContext,
/// caddyserver/caddy#6955); before, nothing is kept then.
constexpr Version keeps_connections_of_placeholders{2, 10, 1};
constexpr int default_idle_connections = 32;         // keepalive.max_idle_conns_per_host

struct Dial {
  std::string scheme, host;
  std::optional<Port> port;
};

std::optional<Port> port_in(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1 || number > 65535) return std::nullopt;
  return Port(static_cast<uint16_t>(number));
}

Dial dial_of(std::string text) {
  Dial dial;
  if (const size_t at = text.find("://"); at != std::string::npos) {
    dial.scheme = text.substr(0, at);
    text.erase(0, at + 3);
  }
  if (const size_t slash = text.find('/'); slash != std::string::npos) {
    const std::string network = text.substr(0, slash);
    if (network == "unix" || network == "unix+h2c") {
      dial.host = "unix:" + text.substr(slash + 1);
      return dial;
    }
    // "tcp/host:port"; behind a scheme, a path that Caddy refuses.
    text = dial.scheme.empty() ? text.substr(slash + 1) : network;
  }
  const size_t colon = text.rfind(':');
  const bool has_port = colon != std::string::npos && text.find(']', colon) == std::string::npos;
  dial.host = has_port ? text.substr(0, colon) : text;
  dial.port = has_port ? port_in(std::string_view(text).substr(colon + 1)) : Port(dial.scheme == "https" ? 443 : 80);
  if (dial.host.starts_with('[') && dial.host.ends_with(']')) dial.host = dial.host.substr(1, dial.host.size() - 2);
  return dial;
}

NameExpression expression_of(const std::string& text) {
  using enum NameExpression::Kind;
  if (text == "{host}" || text == "{http.request.host}") return {request_host, ""};
  if (text == "{hostport}" || text == "{http.request.hostport}" || text == "{header.Host}" ||
      text == "{http.request.header.Host}")
    return {request_host_raw, ""};
  if (text == "{tls_server_name}" || text == "{http.request.tls.server_name}") return {front_sni, ""};
  if (text == "{upstream_hostport}" || text == "{http.reverse_proxy.upstream.hostport}" ||
      text == "{rp.upstream.hostport}" || text == "{http.reverse_proxy.upstream.host}")
    return {back_host, ""};
  if (has_placeholder(text)) return {unknowable, text};
  return {fixed, text};
}

Setting<NameExpression> set_by(const Word& word) {
  NameExpression expression = expression_of(word.text);
  const bool is_known = expression.kind != NameExpression::Kind::unknowable;
  return {std::move(expression), word.span, is_known ? Provenance::set : Provenance::unknowable};
}

/// crypto/tls takes the name from the address dialled, and sends none for an address.
NameExpression dialled_name(const BackEdge& edge) {
  if (edge.addresses.empty()) return {NameExpression::Kind::unknowable, edge.target};
  if (edge.addresses.front().ip && IpAddress::parse(edge.addresses.front().host)) return {};
  return {NameExpression::Kind::back_host, ""};
}

}  // namespace

BackEdge back_edge_of(const ProxySettings& settings, const Version& version) {
  BackEdge edge;
  edge.span = settings.span;
  edge.location = settings.location;
  bool is_https = settings.tls;
  edge.addresses_known = !settings.has_dynamic_upstreams;
  for (const Word& each : settings.upstreams) {
    if (!edge.target.empty()) edge.target += ' ';
    edge.target += each.text;
    const Dial dial = dial_of(each.text);
    if (dial.scheme == "https") is_https = true;
    if (has_placeholder(each.text) || (!dial.port && !dial.host.starts_with("unix:"))) {
      edge.addresses_known = false;
      continue;
    }
    BackAddress address;
    address.host = dial.host;
    address.port = dial.port.value_or(Port(80));
    address.span = each.span;
    if (const auto ip = IpAddress::parse(dial.host)) address.ip = *ip;
    else if (dial.host == "localhost" || dial.host.empty()) address.ip = IpAddress::v4({127, 0, 0, 1});
    edge.addresses.push_back(std::move(address));
  }
  if (!edge.addresses_known) edge.addresses.clear();
  edge.protocol = settings.is_fastcgi ? BackProtocol::fastcgi : is_https ? BackProtocol::https : BackProtocol::http;
  using enum NameExpression::Kind;
  edge.host.value = {is_https && version >= names_tls_back_in_host ? back_host : request_host_raw, ""};
  if (settings.host) edge.host = set_by(*settings.host);
  edge.keepalive.value = settings.idle_connections.value_or(default_idle_connections);
  if (settings.idle_connections) edge.keepalive.provenance = Provenance::set;
  if (edge.keepalive.stated()) edge.keepalive.span = settings.span;
  if (!is_https) return edge;
  edge.sni.value = dialled_name(edge);
  if (settings.tls_server_name) edge.sni = set_by(*settings.tls_server_name);
  else if (edge.sni.value.kind == unknowable) edge.sni.provenance = Provenance::unknowable;
  if (settings.tls_server_name && has_placeholder(settings.tls_server_name->text)) {
    if (version >= keeps_connections_of_placeholders) edge.pool_ignores_sni = true;
    else edge.keepalive.value = 0;
  }
  edge.verify_name.value = edge.sni.value;
  if (edge.verify_name.value.kind == none) edge.verify_name.value.kind = back_host;
  edge.verify.value = true;
  if (settings.skips_verification) edge.verify = {false, *settings.skips_verification, Provenance::set};
  return edge;
}

}  // namespace astray::caddy
