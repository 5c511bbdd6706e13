#include "servers/traefik/services.h"

#include <fmt/format.h>

#include "servers/traefik/options.h"

namespace astray::traefik {
namespace {

using NameKind = NameExpression::Kind;

/// Of Go's http.Transport as Traefik makes it (pkg/server/service/roundtripper.go).
constexpr int idle_connections_by_default = 200;

struct Url {
  std::string scheme, host;
  std::optional<Port> port;
};
std::optional<Url> parse_url(std::string_view text) {
  const size_t colon = text.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  Url url{std::string(text.substr(0, colon)), "", std::nullopt};
  std::string_view rest = text.substr(colon + 3);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  if (const size_t at = rest.rfind('@'); at != std::string_view::npos) rest.remove_prefix(at + 1);
  const size_t bracket = rest.find(']');
  const size_t port = rest.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (port != std::string_view::npos) {
    url.port = Port::parse(rest.substr(port + 1));
    if (!url.port) return std::nullopt;
    rest = rest.substr(0, port);
  }
  if (rest.starts_with('[') && rest.ends_with(']')) rest = rest.substr(1, rest.size() - 2);
  url.host = std::string(rest);
  if (url.host.empty()) return std::nullopt;
  return url;
}

BackAddress address_of(const std::string& host, Port port, SourceSpan span) {
  BackAddress address{host, {}, port, span};
  if (const auto ip = IpAddress::parse(host)) address.ip = *ip;
  if (host == "localhost") address.ip = IpAddress::v4({127, 0, 0, 1});
  return address;
}

}  // namespace

void Services::take_transport(const Definition& service, const Node* balancer, BackEdge& edge) {
  const std::string name = text(balancer, "serversTransport");
  const Node* transport = default_transport_;
  if (!name.empty()) {
    const std::string full = qualified(name, service.provider);
    const auto found = definitions_.transports.find(full);
    if (found == definitions_.transports.end()) {
      edge.sni = {{NameKind::unknowable, full}, place(field(balancer, "serversTransport")), Provenance::unknowable};
      edge.verify = {true, edge.sni.span, Provenance::unknowable};
      reading_.warning(edge.sni.span, fmt::format("serversTransport {} is not in this configuration; which SNI is sent "
                                                  "cannot be told",
                                                  full));
      return;
    }
    transport = found->second.node;
  }
  if (const auto idle = number(transport, "maxIdleConnsPerHost"))
    edge.keepalive = {*idle < 0 ? 0 : static_cast<int>(std::min<int64_t>(*idle, 1'000'000)),
                      place(field(transport, "maxIdleConnsPerHost")), Provenance::set};
  if (!uses_tls(edge.protocol)) return;
  // Go sends the name of the URL, and none for an address; serverName replaces it.
  const Node* stated = field(transport, "serverName");
  if (stated != nullptr && stated->is_text() && !stated->text.empty()) {
    const bool known = !is_filled_in(stated->text);
    edge.sni = {{known ? NameKind::fixed : NameKind::unknowable, stated->text}, stated->place,
                known ? Provenance::set : Provenance::unknowable};
  } else if (flag(balancer, "byPodAddress", false)) {
    edge.sni = {{NameKind::none, ""}, edge.span, Provenance::default_value};
  } else {
    edge.sni = {{NameKind::back_host, ""}, edge.span, Provenance::default_value};
  }
  edge.verify_name = edge.sni;
  if (edge.sni.value.kind == NameKind::none) edge.verify_name.value.kind = NameKind::back_host;
  edge.verify.value = true;
  if (const Node* insecure = field(transport, "insecureSkipVerify"))
    edge.verify = {!flag(transport, "insecureSkipVerify", false), insecure->place, Provenance::set};
  edge.session_reuse.value = false;  // Go's client keeps no sessions unless it is given a cache
}

void Services::take_load_balancer(const Definition& service, const Node* balancer, std::vector<BackEdge>& edges) {
  // One edge for each scheme: what is sent is the same for the servers of one.
  std::map<std::string, size_t> by_scheme;
  for (const Node* server : items(balancer, "servers")) {
    const std::string written = text(server, "url");
    const auto url = parse_url(written);
    const bool is_unknown = is_filled_in(written);
    const Node* at = field(server, "url");
    if (!url && !is_unknown) {
      reading_.error(place(at != nullptr ? at : server),
                     fmt::format("expected a URL such as \"http://10.0.0.1:8080\", found \"{}\"", written));
      continue;
    }
    const std::string scheme = url ? url->scheme : "http";
    const auto [there, is_new] = by_scheme.try_emplace(scheme, edges.size());
    if (is_new) {
      BackEdge& edge = edges.emplace_back();
      edge.span = place(at);
      edge.protocol = scheme == "https" ? BackProtocol::https : BackProtocol::http;
      edge.target = written;
      edge.pool = service.name;
      edge.keepalive.value = idle_connections_by_default;
      const Node* pass = field(balancer, "passHostHeader");
      const bool passes = flag(balancer, "passHostHeader", true);
      edge.host = {{passes ? NameKind::request_host_raw : NameKind::back_host, ""}, place(pass),
                   pass != nullptr ? Provenance::set : Provenance::default_value};
      if (!passes && flag(balancer, "byPodAddress", false))
        edge.host = {{NameKind::unknowable, "the address of the container or pod"}, place(pass), Provenance::unknowable};
      take_transport(service, balancer, edge);
    }
    BackEdge& edge = edges[there->second];
    if (!url || is_filled_in(url->host)) {
      edge.addresses_known = false;
      continue;
    }
    edge.addresses.push_back(
        address_of(url->host, url->port.value_or(Port::of(scheme == "https" ? Scheme::https : Scheme::http)), place(at)));
    if (flag(balancer, "byPodAddress", false)) edge.addresses.back().ip = std::nullopt;
  }
}

void Services::take(const Definition& service, size_t depth, std::vector<BackEdge>& edges) {
  if (const Node* balancer = field(service.node, "loadBalancer")) take_load_balancer(service, balancer, edges);
  if (depth >= max_depth) {
    reading_.error(service.span, fmt::format("services lead to each other more than {} deep", max_depth));
    return;
  }
  std::vector<std::string> further;
  for (const char* kind : {"weighted", "highestRandomWeight"})
    for (const Node* each : items(field(service.node, kind), "services")) further.push_back(text(each, "name"));
  if (const Node* mirroring = field(service.node, "mirroring")) {
    further.push_back(text(mirroring, "service"));
    for (const Node* each : items(mirroring, "mirrors")) further.push_back(text(each, "name"));
  }
  if (const Node* failover = field(service.node, "failover"))
    for (const char* which : {"service", "fallback"}) further.push_back(text(failover, which));
  for (const std::string& name : further) {
    const auto found = definitions_.services.find(qualified(name, service.provider));
    if (found != definitions_.services.end()) {
      take(found->second, depth + 1, edges);
      continue;
    }
    reading_.warning(service.span, fmt::format("service {} leads to {}, which is not in this configuration", service.name, name));
  }
}

Services::Found Services::find(const std::string& name, SourceSpan span,
                               const std::optional<Setting<NameExpression>>& host) {
  Found found;
  if (name == "noop@internal") {
    constexpr int teapot = 418;
    found.status = teapot;
  }
  if (name.ends_with("@internal")) return found;
  const auto service = definitions_.services.find(name);
  if (service == definitions_.services.end()) {
    found.exists = !definitions_.is_readable(name);
    if (!found.exists) return found;
    BackEdge& edge = found.edges.emplace_back();
    edge.span = span;
    edge.target = name;
    edge.addresses_known = false;
    edge.host = {{NameKind::unknowable, name}, span, Provenance::unknowable};
    reading_.warning(span, fmt::format("service {} is of a provider that was not read; where requests go from here cannot "
                                       "be told",
                                       name));
    return found;
  }
  named_at_ = span;
  take(service->second, 0, found.edges);
  for (BackEdge& edge : found.edges)
    if (host && edge.host.value.kind == NameKind::request_host_raw) edge.host = *host;
  return found;
}

BackEdge Services::find_tcp(const std::string& name, SourceSpan span) {
  BackEdge edge;
  edge.span = span;
  edge.protocol = BackProtocol::tcp;
  edge.target = name;
  edge.pool = name;
  const auto service = definitions_.tcp_services.find(name);
  if (service == definitions_.tcp_services.end()) {
    edge.addresses_known = false;
    reading_.warning(span, fmt::format("TCP service {} is not in this configuration; where connections go from here cannot "
                                       "be told",
                                       name));
    return edge;
  }
  std::vector<const Definition*> all = {&service->second};
  for (const Node* each : items(field(service->second.node, "weighted"), "services")) {
    const auto found = definitions_.tcp_services.find(qualified(text(each, "name"), service->second.provider));
    if (found != definitions_.tcp_services.end()) all.push_back(&found->second);
  }
  for (const Definition* each : all) {
    for (const Node* server : items(field(each->node, "loadBalancer"), "servers")) {
      const Node* at = field(server, "address");
      const std::string address = text(server, "address");
      const auto url = parse_url("tcp://" + address);
      if (url && url->port && !is_filled_in(address))
        edge.addresses.push_back(address_of(url->host, *url->port, place(at)));
      else
        edge.addresses_known = false;
    }
  }
  return edge;
}

}  // namespace astray::traefik
