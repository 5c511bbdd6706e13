#include "servers/istio/gateways.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/ascii.h"
#include "servers/istio/credentials.h"
#include "servers/istio/filters.h"
#include "servers/istio/virtual_services.h"

namespace astray::istio {
namespace {

using envoy::Chain;
using envoy::field;
using envoy::items;
using envoy::place;
using envoy::text;

/// Labels in an order of their own: two Gateways with equal ones are served by the same pods.
std::string selector_key(const Node* selector) {
  std::set<std::string> labels;
  if (selector != nullptr)
    for (const gateway::YamlMember& label : selector->members) labels.insert(label.name + "=" + label.value.text);
  std::string key;
  for (const std::string& label : labels) key += label + ",";
  return key;
}

std::string_view without_space(std::string_view host) {
  const size_t slash = host.find('/');
  return slash == std::string_view::npos ? host : host.substr(slash + 1);
}

/// The hosts of a server as filter_chain_match has them; none where "*" is among them.
std::vector<std::string> sni_hosts(const Node* server) {
  std::vector<std::string> hosts;
  for (const std::string& host : envoy::texts(server, "hosts")) {
    const std::string_view name = without_space(host);
    if (name == "*") return {};
    hosts.push_back(ascii_lower(name));
  }
  return hosts;
}

bool is_http(const std::string& protocol) {
  return protocol == "HTTP" || protocol == "HTTP2" || protocol == "GRPC" || protocol == "GRPC-WEB";
}

/// One listener under construction.
class ListenerBuilder {
 public:
  ListenerBuilder(const Node* selector, ListenAddress address, const Reading& reading)
      : selector_(selector), reading_(reading) {
    part_.name = address.text();
    part_.addresses = {std::move(address)};
    part_.inspects_tls = true;
  }

  void add(const BoundServer& bound) {
    if (!part_.span.known()) part_.span = bound.server->place;
    const std::string protocol = text(field(bound.server, "port"), "protocol");
    const std::string mode = text(field(bound.server, "tls"), "mode");
    if (is_http(protocol)) return add_clear(bound);
    if (protocol != "HTTPS" && protocol != "TLS") return add_tcp(bound, protocol);
    if (!clear_.empty()) return leave_out(bound, "the port has servers in clear");
    const bool has_routes = protocol == "HTTPS" && mode != "PASSTHROUGH" && mode != "AUTO_PASSTHROUGH";
    if (!claim_hosts(bound) || (has_routes && !claim_port_name(bound))) return;
    if (mode == "PASSTHROUGH") return add_passthrough(bound);
    if (mode == "AUTO_PASSTHROUGH") return add_unread(bound, "AUTO_PASSTHROUGH");
    if (field(bound.server, "tls") == nullptr)
      return reading_.error(bound.server->place, "this server has no tls; expected mode and credentialName");
    add_terminating(bound, protocol);
  }

  envoy::ListenerPart finish() {
    if (!clear_.empty()) {
      Chain chain;
      chain.span = clear_.front().server->place;
      chain.http = manager_of(clear_);
      part_.chains.push_back(std::move(chain));
      part_.inspects_tls = false;
    }
    return std::move(part_);
  }

 private:
  void leave_out(const BoundServer& bound, std::string_view why) const {
    reading_.warning(bound.server->place,
                     fmt::format("Istio leaves this server of Gateway {}/{} out: {}", bound.gateway->name_space,
                                 bound.gateway->name, why));
  }

  bool claim_hosts(const BoundServer& bound) {
    std::vector<std::string> hosts;
    for (const std::string& host : envoy::texts(bound.server, "hosts")) hosts.emplace_back(without_space(host));
    for (const std::string& host : hosts) {
      if (!hosts_.contains(host)) continue;
      leave_out(bound, fmt::format("{} belongs to an earlier server of this port", host));
      return false;
    }
    hosts_.insert(hosts.begin(), hosts.end());
    return true;
  }

  bool claim_port_name(const BoundServer& bound) {
    const std::string port_name = fmt::format("{}/{} {}", bound.gateway->name_space, bound.gateway->name,
                                              text(field(bound.server, "port"), "name"));
    if (port_names_.insert(port_name).second) return true;
    leave_out(bound, "another server of this Gateway has the same port name, and routes are found by it");
    return false;
  }

  envoy::ConnectionManager manager_of(const std::vector<BoundServer>& servers) const {
    envoy::ConnectionManager manager;
    manager.span = servers.front().server->place;
    manager.routes = route_table(servers, reading_);
    take_filters(selector_, servers.front().gateway->name_space, reading_, manager);
    return manager;
  }

  Chain chain_of(const BoundServer& bound) const {
    Chain chain;
    chain.name = text(field(bound.server, "port"), "name");
    chain.span = bound.server->place;
    chain.match.server_names = sni_hosts(bound.server);
    return chain;
  }

  void add_clear(const BoundServer& bound) {
    if (!part_.chains.empty()) return leave_out(bound, "the port has servers with TLS");
    clear_.push_back(bound);
  }

  void add_terminating(const BoundServer& bound, const std::string& protocol) {
    Chain chain = chain_of(bound);
    take_tls(field(bound.server, "tls"), *bound.gateway, reading_, chain);
    if (protocol == "HTTPS")
      chain.http = manager_of({bound});
    else
      chain.unknowable = "TLS that is terminated for TCP";
    part_.chains.push_back(std::move(chain));
  }

  void add_passthrough(const BoundServer& bound) {
    const std::vector<std::string> own = sni_hosts(bound.server);
    for (TlsRoute& route : tls_routes(bound, reading_)) {
      Chain chain = chain_of(bound);
      chain.span = route.span;
      chain.match.server_names.clear();
      for (const std::string& name : route.sni_hosts)
        if (own.empty() || std::ranges::any_of(own, [&](const std::string& host) { return covers(host, name); }))
          if (through_.insert(name).second) chain.match.server_names.push_back(name);
      if (chain.match.server_names.empty()) continue;
      chain.tcp = std::move(route.back);
      part_.chains.push_back(std::move(chain));
    }
  }

  void add_unread(const BoundServer& bound, std::string what) {
    Chain chain = chain_of(bound);
    chain.unknowable = std::move(what);
    part_.chains.push_back(std::move(chain));
  }

  void add_tcp(const BoundServer& bound, const std::string& protocol) {
    reading_.warning(bound.server->place,
                     fmt::format("servers of protocol {} are not read; expected HTTP, HTTPS or TLS",
                                 protocol.empty() ? "(none)" : protocol));
  }

  const Node* selector_;
  const Reading& reading_;
  envoy::ListenerPart part_{};
  std::vector<BoundServer> clear_{};
  std::set<std::string> hosts_{};
  std::set<std::string> port_names_{};
  std::set<std::string> through_{};
};

ListenAddress address_of(const Node* server, Port port) {
  ListenAddress address;
  address.port = port;
  if (const auto ip = IpAddress::parse(text(server, "bind")); ip && !ip->is_unspecified()) address.ip = *ip;
  return address;
}

}  // namespace

std::vector<envoy::ListenerPart> listeners_of(const Reading& reading) {
  std::vector<ListenerBuilder> builders;
  std::map<std::string, size_t> known;
  for (const kubernetes::Object* gateway : reading.mesh.gateways) {
    const Node* selector = field(spec_of(*gateway), "selector");
    for (const Node* server : items(spec_of(*gateway), "servers")) {
      const auto port = envoy::port_of(field(server, "port"), "number");
      if (!port) {
        reading.error(server->place, "this server has no port; expected port: {number: 443, name: https, protocol: "
                                     "HTTPS}");
        continue;
      }
      ListenAddress address = address_of(server, *port);
      const std::string key = selector_key(selector) + " " + address.text();
      const auto [at, is_new] = known.try_emplace(key, builders.size());
      if (is_new) builders.emplace_back(selector, std::move(address), reading);
      builders[at->second].add({gateway, server, *port});
    }
  }
  std::vector<envoy::ListenerPart> parts;
  for (ListenerBuilder& builder : builders) {
    envoy::ListenerPart part = builder.finish();
    if (!part.chains.empty()) parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace astray::istio
