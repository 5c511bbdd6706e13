#include "servers/kubernetes/attachment.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/ascii.h"
#include "names/hostname.h"

namespace astray::kubernetes {
namespace {

using Parents = std::unordered_map<std::string, std::vector<GatewayListener*>>;

/// One label of a namespace; absent and known: it has none of this key.
struct NamespaceLabel {
  bool known = true;
  std::optional<std::string> value{};
};
NamespaceLabel label_of(std::string_view name_space, std::string_view key, const Reading& reading) {
  if (key == "kubernetes.io/metadata.name") return {true, std::string(name_space)};
  const auto found = reading.cluster.name_spaces.find(std::string(name_space));
  if (found == reading.cluster.name_spaces.end()) return {false, std::nullopt};
  const Node* value = field(field_at(found->second->node, "metadata.labels"), key);
  if (value == nullptr) return {};
  return {true, value->text};
}

Selection matches_expression(const Node* expression, const NamespaceLabel& label) {
  if (!label.known) return Selection::unknown;
  const std::string op = text(expression, "operator");
  const auto values = items(expression, "values");
  const bool is_listed = label.value && std::ranges::any_of(values, [&](const Node* each) { return each->text == *label.value; });
  const bool holds = op == "In"             ? is_listed
                     : op == "NotIn"        ? !is_listed
                     : op == "Exists"       ? label.value.has_value()
                     : op == "DoesNotExist" ? !label.value.has_value()
                                            : false;
  return holds ? Selection::yes : Selection::no;
}

Selection both(Selection a, Selection b) {
  if (a == Selection::no || b == Selection::no) return Selection::no;
  return a == Selection::unknown ? a : b;
}

bool takes_kind(const GatewayListener& listener, const Object& route) {
  const auto kinds = items(field(listener.node, "allowedRoutes"), "kinds");
  if (!kinds.empty() &&
      std::ranges::none_of(kinds, [&](const Node* kind) { return text(kind, "kind") == route.kind; }))
    return false;
  return (route.kind == "TLSRoute") == (listener.protocol == "TLS");
}

Selection takes_namespace(const GatewayListener& listener, const Object& route, const Reading& reading) {
  const Node* spaces = field_at(listener.node, "allowedRoutes.namespaces");
  return selects_namespace(spaces, text_or(spaces, "from", "Same"), listener.owner->name_space, route.name_space, reading);
}

void add_host(GatewayListener& listener, const Object& route, std::string hostname, SourceSpan span, Selection selection) {
  if (listener.by_hostname.add(hostname, listener.hosts.size()))
    listener.hosts.push_back({hostname, span, {}, true});
  AttachedHost& host = listener.hosts[*listener.by_hostname.at(hostname)];
  host.is_certain = host.is_certain && selection == Selection::yes;
  if (host.routes.empty() || host.routes.back() != &route) host.routes.push_back(&route);
}

/// Whether any host name is in common.
bool add_hosts(GatewayListener& listener, const Object& route, Selection selection, const Reading& reading) {
  const auto stated = items(field(route.node, "spec"), "hostnames");
  if (stated.empty()) {
    add_host(listener, route, listener.hostname, route.node->place, selection);
    return true;
  }
  bool any = false;
  for (const Node* each : stated) {
    const std::string hostname = ascii_lower(each->text);
    if (!is_hostname(hostname)) {
      reading.warning(each->place, fmt::format("\"{}\" is no host name; expected one such as a.example.com or *.example.com",
                                               each->text));
      continue;
    }
    const auto common = common_hostname(listener.hostname, hostname);
    if (!common) continue;
    add_host(listener, route, std::string(*common), each->place, selection);
    any = true;
  }
  return any;
}

/// The reason of the condition Accepted.
std::string attach(const Object& route, const Node* reference, const std::vector<GatewayListener*>& listeners,
                   const Reading& reading) {
  const std::string section = text(reference, "sectionName");
  const auto port = port_of(reference, "port");
  bool any_named = false;
  bool any_allowed = false;
  bool any_attached = false;
  for (GatewayListener* listener : listeners) {
    if ((!section.empty() && listener->name != section) || (port && listener->port != *port)) continue;
    any_named = true;
    if (!listener->refused.empty()) continue;
    const Selection selection = takes_namespace(*listener, route, reading);
    if (!takes_kind(*listener, route) || selection == Selection::no) continue;
    any_allowed = true;
    if (add_hosts(*listener, route, selection, reading)) any_attached = true;
    if (selection == Selection::unknown)
      reading.warning(reference->place,
                      fmt::format("whether {} {} may attach to {} depends on labels of Namespace {}, which is not among "
                                  "these objects; what it answers is not known",
                                  route.kind, full_name(route), listener->title(), route.name_space));
  }
  if (!any_named) return "NoMatchingParent";
  if (!any_allowed) return "NotAllowedByListeners";
  return any_attached ? "Accepted" : "NoMatchingListenerHostname";
}

void attach_route(const Object& route, const Parents& parents, const Reading& reading, Gateways& gateways) {
  for (const Node* reference : items(field(route.node, "spec"), "parentRefs")) {
    std::string kind = text_or(reference, "kind", "Gateway");
    if (kind == "Service") continue;  // of a mesh: nothing arrives from outside through it
    if (kind == "XListenerSet") kind = "ListenerSet";
    const std::string parent =
        fmt::format("{} {}", kind, full_name(text_or(reference, "namespace", route.name_space), text(reference, "name")));
    const auto found = parents.find(parent);
    if (found == parents.end()) {
      reading.warning(reference->place, fmt::format("{} {} is not attached: {} is not among these objects", route.kind,
                                                    full_name(route), parent));
      continue;
    }
    std::string reason = attach(route, reference, found->second, reading);
    if (reason != "Accepted")
      reading.warning(reference->place,
                      fmt::format("{} {} is not attached to {} ({})", route.kind, full_name(route), parent, reason));
    gateways.parents.push_back({&route, reference, parent, std::move(reason)});
  }
}

}  // namespace

bool is_hostname(std::string_view text) {
  if (text.starts_with("*.")) text.remove_prefix(2);
  const auto hostname = Hostname::parse(text);
  return hostname && hostname->text() == text;
}

Selection selects_namespace(const Node* namespaces, std::string_view from, std::string_view own, std::string_view asked,
                            const Reading& reading) {
  if (from == "All") return Selection::yes;
  if (from == "Same") return own == asked ? Selection::yes : Selection::no;
  if (from != "Selector") return Selection::no;
  const Node* selector = field(namespaces, "selector");
  Selection all = Selection::yes;
  if (const Node* labels = field(selector, "matchLabels"))
    for (const gateway::YamlMember& wanted : labels->members) {
      const NamespaceLabel label = label_of(asked, wanted.name, reading);
      const Selection one = !label.known                       ? Selection::unknown
                            : label.value == wanted.value.text ? Selection::yes
                                                               : Selection::no;
      all = both(all, one);
    }
  for (const Node* expression : items(selector, "matchExpressions"))
    all = both(all, matches_expression(expression, label_of(asked, text(expression, "key"), reading)));
  return all;
}

void attach_routes(const Reading& reading, Gateways& gateways) {
  Parents parents;
  for (GatewayEntry& entry : gateways.entries) {
    parents[fmt::format("Gateway {}", full_name(*entry.object))];
    for (GatewayListener& listener : entry.listeners)
      parents[fmt::format("{} {}", listener.owner->kind == "Gateway" ? "Gateway" : "ListenerSet", full_name(*listener.owner))]
          .push_back(&listener);
  }
  for (const Object* route : reading.cluster.routes) attach_route(*route, parents, reading, gateways);
  for (const Object* route : reading.cluster.tls_routes) attach_route(*route, parents, reading, gateways);
}

}  // namespace astray::kubernetes
