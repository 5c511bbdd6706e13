#include "servers/kubernetes/gateways.h"

#include <fmt/format.h>

#include <map>

#include "servers/kubernetes/routes.h"

namespace astray::kubernetes {
namespace {

void take_client_authentication(const GatewayListener& listener, const Object& gateway, Credentials& credentials,
                                const Reading& reading, TlsSettings& tls) {
  const Node* validation = frontend_validation(gateway, listener);
  if (validation == nullptr) return;
  const std::string mode = text_or(validation, "mode", "AllowValidOnly");
  const bool insists = mode == "AllowValidOnly";
  tls.client_authentication = {insists ? ClientAuthentication::required : ClientAuthentication::optional_no_ca,
                               validation->place, Provenance::set};
  tls.client_authorities = credentials.authorities(validation, *listener.owner);
  if (!insists && mode != "AllowInsecureFallback")
    reading.error(validation->place, fmt::format("mode {} is none of the API's; expected AllowValidOnly or "
                                                 "AllowInsecureFallback",
                                                 mode));
}

TlsSettings tls_of(const GatewayListener& listener, const Object& gateway, Credentials& credentials, const Reading& reading) {
  TlsSettings tls;
  const Node* section = field(listener.node, "tls");
  tls.enabled = {true, listener.node->place, Provenance::set};
  tls.session_tickets.value = true;
  tls.versions.value = tls_version::tls1_2 | tls_version::tls1_3;
  const auto references = items(section, "certificateRefs");
  for (const Node* reference : references) tls.certificates.push_back(credentials.certificate(reference, *listener.owner));
  if (const Node* options = field(section, "options"); options != nullptr) {
    for (const gateway::YamlMember& option : options->members)
      tls.other.push_back(fmt::format("{} {}", option.name, option.value.text));
    tls.versions.span = options->place;
    tls.versions.provenance = Provenance::unknowable;
    if (references.empty()) {
      CertificateUse& use = tls.certificates.emplace_back();
      use.path = "(of the listener's tls options)";
      use.span = options->place;
      use.provenance = Provenance::unknowable;
    }
  }
  if (tls.certificates.empty())
    reading.error(listener.node->place, fmt::format("{} terminates TLS and names no certificate; expected "
                                                    "tls.certificateRefs",
                                                    listener.title()));
  take_client_authentication(listener, gateway, credentials, reading, tls);
  // For audits, which fold virtual hosts that nothing tells apart: those of another listener are apart.
  tls.other.push_back(listener.title());
  return tls;
}

using BackEdges = std::shared_ptr<const std::vector<BackEdge>>;

/// Lists of routes with their number and where they lead, over all listeners.
class RouteLists {
 public:
  explicit RouteLists(const Reading& reading) : reading_(reading) {}

  void take(const std::vector<const Object*>& routes, HostPart& host) {
    const auto [known, is_new] = known_.try_emplace(routes);
    if (is_new) {
      auto edges = std::make_shared<std::vector<BackEdge>>();
      for (const Object* route : routes)
        for (BackEdge& edge : back_edges_of(*route, reading_)) edges->push_back(std::move(edge));
      known->second = {known_.size(), std::move(edges)};
    }
    host.routes = known->second.first;
    host.back_edges = known->second.second;
  }

 private:
  const Reading& reading_;
  std::map<std::vector<const Object*>, std::pair<size_t, BackEdges>> known_{};
};

class PortBuilder {
 public:
  PortBuilder(const Reading& reading, Credentials& credentials) : reading_(reading), credentials_(credentials), lists_(reading) {}

  void add(const GatewayEntry& entry, std::vector<PortPart>& into) {
    std::map<uint16_t, size_t> by_port;
    const size_t first = into.size();
    for (const GatewayListener& listener : entry.listeners) {
      if (!listener.refused.empty()) continue;
      const auto [at, is_new] = by_port.try_emplace(listener.port.number(), into.size());
      if (is_new) into.push_back(port_of_entry(entry, listener));
      PortPart& port = into[at->second];
      if (listener.protocol == "TLS")
        add_tls(listener, *entry.object, port);
      else
        add_http(listener, *entry.object, port);
    }
    for (size_t i = first; i < into.size(); ++i) {
      find_overlaps(into[i]);
      if (entry.controller == envoy_gateway) leave_http2(into[i]);
    }
  }

 private:
  /// Envoy Gateway offers HTTP/1.1 alone on listeners whose certificates overlap (internal/gatewayapi/listener.go).
  static void leave_http2(PortPart& port) {
    for (const Overlap& overlap : port.overlaps) {
      if (!overlap.by_certificate) continue;
      port.listeners[overlap.first].http2 = false;
      port.listeners[overlap.second].http2 = false;
    }
  }

  static PortPart port_of_entry(const GatewayEntry& entry, const GatewayListener& listener) {
    PortPart port;
    port.title = "Gateway " + full_name(*entry.object);
    port.controller = entry.controller;
    port.port = listener.port;
    port.span = listener.node->place;
    port.crossing = entry.crossing;
    const auto addresses = items(field(entry.object->node, "spec"), "addresses");
    if (addresses.size() == 1)
      if (const auto ip = IpAddress::parse(text(addresses.front(), "value"))) port.address = *ip;
    return port;
  }

  static ListenerPart part_of(const GatewayListener& listener) {
    ListenerPart part;
    part.title = listener.title();
    part.span = listener.node->place;
    part.hostname = listener.hostname;
    part.unclaimed.span = listener.node->place;
    return part;
  }

  static void keep(ListenerPart part, PortPart& port) {
    port.by_hostname.add(part.hostname, port.listeners.size());
    port.listeners.push_back(std::move(part));
  }

  void add_http(const GatewayListener& listener, const Object& gateway, PortPart& port) {
    ListenerPart part = part_of(listener);
    if (listener.protocol == "HTTPS") part.tls = tls_of(listener, gateway, credentials_, reading_);
    for (const AttachedHost& attached : listener.hosts) {
      HostPart host;
      host.hostname = attached.hostname;
      host.span = attached.span;
      host.root = attached.is_certain ? root_of(attached.routes, reading_)
                                      : RootAnswer{RootAnswer::Kind::unknowable, 0, attached.span};
      lists_.take(attached.routes, host);
      part.by_name.add(host.hostname, part.hosts.size());
      part.hosts.push_back(std::move(host));
    }
    keep(std::move(part), port);
  }

  void add_tls(const GatewayListener& listener, const Object& gateway, PortPart& port) {
    if (!listener.passes_through) {
      // TLS ends here and what is in it goes on as TCP: nobody looks at authorities.
      ListenerPart part = part_of(listener);
      part.tls = tls_of(listener, gateway, credentials_, reading_);
      part.http2 = false;
      part.unclaimed = {RootAnswer::Kind::unknowable, 0, listener.node->place};
      return keep(std::move(part), port);
    }
    for (const AttachedHost& attached : listener.hosts) {
      for (BackEdge& edge : back_edges_of(*attached.routes.front(), reading_)) {
        PassthroughRoute route{std::nullopt, attached.span, std::move(edge)};
        if (attached.hostname.starts_with("*."))
          route.name = ServerNamePattern{PatternKind::leading_wildcard, attached.hostname.substr(2)};
        else if (!attached.hostname.empty())
          route.name = ServerNamePattern{PatternKind::exact, attached.hostname};
        port.passthrough.push_back(std::move(route));
        break;
      }
    }
  }

  const Reading& reading_;
  Credentials& credentials_;
  RouteLists lists_;
};

}  // namespace

const Node* frontend_validation(const Object& gateway, const GatewayListener& listener) {
  const Node* frontend = field_at(gateway.node, "spec.tls.frontend");
  for (const Node* each : items(frontend, "perPort"))
    if (port_of(each, "port") == listener.port) return field_at(each, "tls.validation");
  if (const Node* validation = field_at(frontend, "default.validation")) return validation;
  return field_at(listener.node, "tls.frontendValidation");
}

void add_gateway_ports(const Gateways& gateways, const Reading& reading, Credentials& credentials, std::vector<PortPart>& into) {
  PortBuilder builder(reading, credentials);
  for (const GatewayEntry& entry : gateways.entries) builder.add(entry, into);
}

}  // namespace astray::kubernetes
