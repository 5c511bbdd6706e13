#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "servers/kubernetes/parts.h"

namespace astray::kubernetes {
namespace {

ServerNamePattern pattern_of(const std::string& hostname) {
  if (hostname.starts_with("*.")) return {PatternKind::leading_wildcard, hostname.substr(2)};
  return {PatternKind::exact, hostname};
}

class PortModel {
 public:
  PortModel(PortPart& port, Deployment& deployment) : port_(port), deployment_(deployment) {}

  std::vector<VirtualHostId> make() {
    for (ListenerPart& listener : port_.listeners) add_listener(listener);
    return std::move(made_);
  }

  VirtualHostId default_host() const {
    const auto every = port_.by_hostname.at("");
    if (!every) return VirtualHostId::none;
    const ListenerPart& listener = port_.listeners[*every];
    const auto host = listener.by_name.at("");
    return host ? listener.hosts[*host].id : listener.own;
  }

 private:
  /// Hosts with the same routes are one virtual host.
  void add_listener(ListenerPart& listener) {
    std::map<size_t, VirtualHostId> by_routes;
    for (HostPart& host : listener.hosts) {
      const auto known = by_routes.find(host.routes);
      const bool is_known = known != by_routes.end() && host.routes != 0;
      host.id = is_known ? known->second : add_host(listener, host);
      by_routes.emplace(host.routes, host.id);
      if (owns(listener, host.hostname))
        if (!host.hostname.empty()) of(host.id).names.push_back({pattern_of(host.hostname), host.span});
    }
    if (listener.by_name.at(listener.hostname)) return;
    listener.own = keep(common(listener, listener.span));
    VirtualHost& own = of(listener.own);
    if (listener.unclaimed.kind == RootAnswer::Kind::status)
      own.fixed_status = {listener.unclaimed.status, listener.unclaimed.span, Provenance::set};
    // Names that no route has are nobody's site, where others of the listener are.
    if (!listener.hostname.empty() && listener.hosts.empty())
      own.names.push_back({pattern_of(listener.hostname), listener.span});
  }

  /// Names that a more specific listener has never lead here on a connection of their own.
  bool owns(const ListenerPart& listener, const std::string& hostname) const {
    const auto owner = port_.by_hostname.find(hostname.starts_with("*.") ? "any" + hostname.substr(1) : hostname);
    return !owner || &port_.listeners[owner->value] == &listener;
  }

  VirtualHostId add_host(const ListenerPart& listener, const HostPart& part) {
    VirtualHost host = common(listener, part.span);
    if (part.root.kind == RootAnswer::Kind::status)
      host.fixed_status = {part.root.status, part.root.span, Provenance::set};
    if (part.root.kind == RootAnswer::Kind::unknowable) host.fixed_status = {0, part.root.span, Provenance::unknowable};
    if (part.back_edges) host.back_edges = *part.back_edges;
    return keep(std::move(host));
  }

  static VirtualHost common(const ListenerPart& listener, SourceSpan span) {
    VirtualHost host;
    host.span = span;
    if (listener.tls) {
      host.tls = *listener.tls;
      host.http2 = {listener.http2, listener.span, Provenance::set};
    }
    return host;
  }

  VirtualHost& of(VirtualHostId id) const { return deployment_.virtual_hosts[static_cast<size_t>(id)]; }

  VirtualHostId keep(VirtualHost host) {
    deployment_.virtual_hosts.push_back(std::move(host));
    made_.push_back(static_cast<VirtualHostId>(deployment_.virtual_hosts.size() - 1));
    return made_.back();
  }

  PortPart& port_;
  Deployment& deployment_;
  std::vector<VirtualHostId> made_{};
};

}  // namespace

std::string implementation_text(const Deployment& deployment) {
  const std::vector<PortPart>& ports = deployment.kubernetes->ports;
  const auto all = [&](auto is) { return !ports.empty() && std::ranges::all_of(ports, is); };
  if (all([](const PortPart& port) { return port.crossing == Crossing::nginx; })) return "ingress-nginx";
  if (all([](const PortPart& port) { return port.is_ingress; })) return "the Ingress controller";
  const std::string& controller = ports.empty() ? std::string() : ports.front().controller;
  const bool is_one = !controller.empty() && all([&](const PortPart& port) { return port.controller == controller; });
  return is_one ? fmt::format("the gateway of {}", controller)
                : fmt::format("the gateway (Gateway API {})", deployment.version.text());
}

bool is_of_ingress(const Deployment& deployment, VirtualHostId id) {
  return deployment.kubernetes->of_ingress[static_cast<size_t>(id)];
}

void make_deployment(Parts parts, Deployment& deployment) {
  for (size_t index = 0; index < parts.ports.size(); ++index) {
    PortPart& port = parts.ports[index];
    Listener listener;
    listener.address.port = port.port;
    listener.address.ip = port.address;
    listener.span = port.span;
    if (!port.listeners.empty()) {
      PortModel model(port, deployment);
      listener.tls = {port.has_tls(), port.span, Provenance::set};
      listener.virtual_hosts = model.make();
      listener.default_virtual_host = model.default_host();
      listener.default_is_explicit = listener.default_virtual_host != VirtualHostId::none;
      deployment.listeners.push_back(listener);
      parts.part_of.push_back(index);
      parts.of_ingress.resize(deployment.virtual_hosts.size(), port.is_ingress);
    }
    if (port.passthrough.empty()) continue;
    Listener through;
    through.kind = Listener::Kind::passthrough;
    through.address = listener.address;
    through.span = port.span;
    through.routes = port.passthrough;
    deployment.listeners.push_back(std::move(through));
    parts.part_of.push_back(index);
  }
  deployment.kubernetes = std::make_shared<const Parts>(std::move(parts));
}

}  // namespace astray::kubernetes
