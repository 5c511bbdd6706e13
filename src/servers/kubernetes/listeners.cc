#include "servers/kubernetes/listeners.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/ascii.h"
#include "servers/kubernetes/attachment.h"

namespace astray::kubernetes {
namespace {

/// The Gateway API had no word about misdirected requests before (GEP-3567, in v1.3.0).
constexpr Version misdirected_requests_since{1, 3, 0};

struct KnownController {
  std::string_view name;
  Crossing crossing;
};
/// Those that report GatewayHTTPSListenerDetectMisdirectedRequests as supported (conformance/reports v1.5.0), and
/// those whose listeners are read to be Envoy's filter chains. Of others only what the API demands of all is said.
constexpr KnownController known_controllers[] = {
    {own_controller, Crossing::misdirected},
    {"agentgateway.dev/agentgateway", Crossing::misdirected},
    {"gateway.nginx.org/nginx-gateway-controller", Crossing::misdirected},
    {"istio.io/gateway-controller", Crossing::by_connection},
    {envoy_gateway, Crossing::by_connection},
};

void take_class(const Reading& reading, GatewayEntry& entry) {
  const Node* spec = field(entry.object->node, "spec");
  const std::string name = text(spec, "gatewayClassName");
  const auto found = reading.cluster.gateway_classes.find(name);
  if (found == reading.cluster.gateway_classes.end()) {
    reading.warning(entry.object->node->place,
                    fmt::format("GatewayClass {} is not among these objects, so what runs Gateway {} is not known; what the "
                                "Gateway API asks of every implementation is predicted",
                                name.empty() ? "(none)" : name, full_name(*entry.object)));
  } else {
    const Node* class_spec = field(found->second->node, "spec");
    entry.controller = text(class_spec, "controllerName");
    const auto* known = std::ranges::find(known_controllers, entry.controller, &KnownController::name);
    entry.crossing = known == std::end(known_controllers) ? Crossing::unknowable : known->crossing;
    // Parameters of a class can switch its checks off (NGINX Gateway Fabric: disableSNIHostValidation).
    if (entry.crossing == Crossing::misdirected && field(class_spec, "parametersRef") != nullptr)
      entry.crossing = Crossing::unknowable;
  }
  if (entry.crossing == Crossing::misdirected && entry.controller != own_controller &&
      reading.deployment.version < misdirected_requests_since)
    entry.crossing = Crossing::unknowable;
}

bool is_supported(std::string_view protocol) {
  return protocol == "HTTP" || protocol == "HTTPS" || protocol == "TLS";
}

void add_listener(const Node* node, const Object& owner, const Reading& reading, GatewayEntry& entry) {
  const auto port = port_of(node, "port");
  if (!port)
    return reading.error(node->place, fmt::format("this listener of {} {} has no port; expected one from 1 to 65535",
                                                  owner.kind, full_name(owner)));
  GatewayListener& listener = entry.listeners.emplace_back();
  listener.owner = &owner;
  listener.node = node;
  listener.name = text(node, "name");
  listener.hostname = ascii_lower(text(node, "hostname"));
  listener.protocol = text(node, "protocol");
  listener.port = *port;
  listener.passes_through = text(field(node, "tls"), "mode") == "Passthrough";
  if (!listener.hostname.empty() && !is_hostname(listener.hostname)) {
    listener.refused = "Invalid";
    reading.error(node->place, fmt::format("{} has the hostname \"{}\", which is none; expected one such as a.example.com or "
                                           "*.example.com",
                                           listener.title(), text(node, "hostname")));
  } else if (!is_supported(listener.protocol)) {
    listener.refused = "UnsupportedProtocol";
    reading.warning(node->place, fmt::format("{} has protocol {}, which is not read; expected HTTP, HTTPS or TLS",
                                             listener.title(), listener.protocol.empty() ? "(none)" : listener.protocol));
  } else if (listener.protocol == "HTTPS" && listener.passes_through) {
    listener.refused = "Invalid";
    reading.error(node->place, fmt::format("{} has protocol HTTPS and tls mode Passthrough; expected protocol TLS",
                                           listener.title()));
  }
}

/// Two listeners of one port, protocol and host name are one too many: in a Gateway both, over ListenerSets the later
/// one; and of HTTP and TLS on one port likewise.
void refuse_conflicts(const Reading& reading, GatewayEntry& entry) {
  std::map<std::string, std::vector<GatewayListener*>> same;
  std::map<uint16_t, GatewayListener*> first_of_port;
  const auto refuse = [&](GatewayListener& listener, const GatewayListener& other, std::string reason) {
    listener.refused = std::move(reason);
    reading.error(listener.node->place, fmt::format("{} is not programmed ({}): {} has the same port{}", listener.title(),
                                                    listener.refused, other.title(),
                                                    listener.refused == "HostnameConflict" ? ", protocol and hostname" : ""));
  };
  for (GatewayListener& listener : entry.listeners) {
    if (!listener.refused.empty()) continue;
    const auto [first, is_first] = first_of_port.try_emplace(listener.port.number(), &listener);
    if (!is_first && (first->second->protocol == "HTTP") != (listener.protocol == "HTTP")) {
      refuse(listener, *first->second, "ProtocolConflict");
      if (first->second->owner == listener.owner && first->second->refused.empty())
        refuse(*first->second, listener, "ProtocolConflict");
      continue;
    }
    same[fmt::format("{} {} {}", listener.port.number(), listener.protocol, listener.hostname)].push_back(&listener);
  }
  for (auto& [key, listeners] : same) {
    for (GatewayListener* listener : listeners) {
      if (listeners.size() < 2 || !listener->refused.empty()) continue;
      const GatewayListener& other = listener == listeners.front() ? *listeners[1] : *listeners.front();
      if (listener == listeners.front() && other.owner != listener->owner) continue;
      refuse(*listener, other, "HostnameConflict");
    }
  }
}

/// Whether the Gateway lets ListenerSets of this namespace in (spec.allowedListeners; none by default).
bool takes_listener_set(const Object& gateway, const Object& set, const Reading& reading) {
  const Node* spaces = field_at(gateway.node, "spec.allowedListeners.namespaces");
  return selects_namespace(spaces, text_or(spaces, "from", "None"), gateway.name_space, set.name_space, reading) ==
         Selection::yes;
}

void add_listener_sets(const Reading& reading, Gateways& gateways, const std::map<std::string, size_t>& by_name) {
  for (const Object* set : reading.cluster.listener_sets) {
    const Node* parent = field_at(set->node, "spec.parentRef");
    const std::string name = full_name(text_or(parent, "namespace", set->name_space), text(parent, "name"));
    const auto found = by_name.find(name);
    if (found == by_name.end()) {
      reading.warning(set->node->place, fmt::format("ListenerSet {} is not attached: Gateway {} is not among these objects",
                                                    full_name(*set), name));
      continue;
    }
    GatewayEntry& entry = gateways.entries[found->second];
    if (!takes_listener_set(*entry.object, *set, reading)) {
      reading.warning(set->node->place,
                      fmt::format("ListenerSet {} is not attached (NotAllowed): Gateway {} does not let it in; expected "
                                  "spec.allowedListeners.namespaces there",
                                  full_name(*set), name));
      continue;
    }
    for (const Node* node : items(field(set->node, "spec"), "listeners")) add_listener(node, *set, reading, entry);
  }
}

}  // namespace

std::string GatewayListener::title() const {
  return fmt::format("listener {} of {} {}", name.empty() ? "(unnamed)" : name, owner->kind, full_name(*owner));
}

Gateways gateways_of(const Reading& reading) {
  Gateways gateways;
  std::map<std::string, size_t> by_name;
  for (const Object* object : reading.cluster.gateways) {
    if (!by_name.emplace(full_name(*object), gateways.entries.size()).second) {
      reading.error(object->node->place, fmt::format("Gateway {} is there twice; the first counts", full_name(*object)));
      continue;
    }
    GatewayEntry& entry = gateways.entries.emplace_back();
    entry.object = object;
    take_class(reading, entry);
    for (const Node* node : items(field(object->node, "spec"), "listeners")) add_listener(node, *object, reading, entry);
  }
  add_listener_sets(reading, gateways, by_name);
  for (GatewayEntry& entry : gateways.entries) refuse_conflicts(reading, entry);
  attach_routes(reading, gateways);
  return gateways;
}

}  // namespace astray::kubernetes
