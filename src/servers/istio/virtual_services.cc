#include "servers/istio/virtual_services.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/ascii.h"
#include "servers/istio/destinations.h"
#include "servers/istio/routes.h"

namespace astray::istio {
namespace {

using envoy::field;
using envoy::items;
using envoy::place;
using envoy::text;

std::string key_of(const kubernetes::Object& gateway) {
  return gateway.name_space + "/" + gateway.name;
}

const std::vector<const kubernetes::Object*>& services_of(const kubernetes::Object& gateway, const Reading& reading) {
  static const std::vector<const kubernetes::Object*> none;
  const auto found = reading.mesh.virtual_services.find(key_of(gateway));
  return found == reading.mesh.virtual_services.end() ? none : found->second;
}

/// A rule's own `gateways` and `port` narrow it further.
bool applies(const Node* match, const kubernetes::Object& service, const BoundServer& server) {
  if (const auto port = envoy::port_of(match, "port"); port && *port != server.port) return false;
  const std::vector<std::string> gateways = envoy::texts(match, "gateways");
  return gateways.empty() || std::ranges::any_of(gateways, [&](const std::string& reference) {
           return full_gateway(reference, service.name_space) == key_of(*server.gateway);
         });
}

/// The hosts that a server's entry ("namespace/host") has in common with a virtual service; "" for none.
std::string shared_host(const std::string& entry, const std::string& host, const kubernetes::Object& service,
                        const kubernetes::Object& gateway) {
  const size_t slash = entry.find('/');
  if (slash != std::string::npos) {
    const std::string space = entry.substr(0, slash);
    const bool fits = space == "*" || (space == "." ? gateway.name_space : space) == service.name_space;
    if (!fits) return {};
  }
  const std::string own = ascii_lower(slash == std::string::npos ? entry : entry.substr(slash + 1));
  return std::string(common(own, ascii_lower(host)));
}

std::vector<envoy::Route> routes_of(const kubernetes::Object& service, const BoundServer& server,
                                    const Reading& reading) {
  std::vector<envoy::Route> routes;
  for (const Node* rule : items(spec_of(service), "http")) {
    const std::vector<const Node*> matches = items(rule, "match");
    if (matches.empty()) routes.push_back(read_route(rule, nullptr, service.name_space, reading));
    for (const Node* match : matches)
      if (applies(match, service, server)) routes.push_back(read_route(rule, match, service.name_space, reading));
  }
  return routes;
}

/// Oldest first in the cluster; files say nothing of ages, so their order stands.
void add_service(const kubernetes::Object& service, const BoundServer& server, const Reading& reading,
                 envoy::RouteTable& table, std::map<std::string, size_t>& by_host) {
  for (const Node* host : items(spec_of(service), "hosts")) {
    for (const std::string& entry : envoy::texts(server.server, "hosts")) {
      const std::string shared = shared_host(entry, host->text, service, *server.gateway);
      if (shared.empty()) continue;
      const auto [known, is_new] = by_host.try_emplace(shared, table.virtual_hosts.size());
      if (is_new) {
        envoy::RouteVirtualHost& made = table.virtual_hosts.emplace_back();
        made.name = shared;
        made.span = service.node->place;
        made.domains = {{shared, host->place}};
      }
      envoy::RouteVirtualHost& into = table.virtual_hosts[known->second];
      for (envoy::Route& route : routes_of(service, server, reading)) into.routes.push_back(std::move(route));
    }
  }
}

/// A server with httpsRedirect redirects its hosts, whether a virtual service has routes for them or none, and
/// whichever server of the port that service is bound to.
void redirect_to_tls(const BoundServer& server, envoy::RouteTable& table, std::map<std::string, size_t>& by_host) {
  if (!envoy::flag(field(server.server, "tls"), "https_redirect", false)) return;
  for (const std::string& entry : envoy::texts(server.server, "hosts")) {
    const size_t slash = entry.find('/');
    const std::string host = ascii_lower(slash == std::string::npos ? entry : entry.substr(slash + 1));
    for (envoy::RouteVirtualHost& known : table.virtual_hosts)
      if (covers(host, known.name)) known.requires_tls = true;
    if (!by_host.try_emplace(host, table.virtual_hosts.size()).second) continue;
    envoy::RouteVirtualHost& made = table.virtual_hosts.emplace_back();
    made.name = host;
    made.span = server.server->place;
    made.domains = {{host, server.server->place}};
    made.requires_tls = true;
  }
}

}  // namespace

envoy::RouteTable route_table(const std::vector<BoundServer>& servers, const Reading& reading) {
  envoy::RouteTable table;
  table.span = place(servers.front().server);
  table.name = fmt::format("routes of Gateway {}/{}", servers.front().gateway->name_space,
                           servers.front().gateway->name);
  table.ignores_port = true;
  std::map<std::string, size_t> by_host;
  for (const BoundServer& server : servers)
    for (const kubernetes::Object* service : services_of(*server.gateway, reading))
      if (!items(spec_of(*service), "http").empty()) add_service(*service, server, reading, table, by_host);
  for (const BoundServer& server : servers) redirect_to_tls(server, table, by_host);
  return table;
}

std::vector<TlsRoute> tls_routes(const BoundServer& server, const Reading& reading) {
  std::vector<TlsRoute> routes;
  for (const kubernetes::Object* service : services_of(*server.gateway, reading)) {
    for (const Node* rule : items(spec_of(*service), "tls")) {
      for (const Node* match : items(rule, "match")) {
        if (!applies(match, *service, server)) continue;
        TlsRoute& route = routes.emplace_back();
        for (const std::string& name : envoy::texts(match, "sni_hosts"))
          route.sni_hosts.push_back(ascii_lower(name));
        route.span = rule->place;
        route.back.span = rule->place;
        route.back.protocol = BackProtocol::tcp;
        const auto targets = items(rule, "route");
        if (!targets.empty())
          take_destination(field(targets.front(), "destination"), service->name_space, reading, route.back);
        route.back.protocol = BackProtocol::tcp;
      }
    }
  }
  return routes;
}

}  // namespace astray::istio
