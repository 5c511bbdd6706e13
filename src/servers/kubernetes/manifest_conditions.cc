#include "servers/kubernetes/manifest_conditions.h"

#include <algorithm>
#include <map>

namespace astray::kubernetes {
namespace {

/// By a listener's title.
struct ListenerFacts {
  bool has_certificates = true;
  std::string overlap{};  ///< the reason of OverlappingTLSConfig; "": none
};

std::map<std::string, ListenerFacts> facts_of(const std::vector<PortPart>& ports) {
  std::map<std::string, ListenerFacts> facts;
  for (const PortPart& port : ports) {
    for (const ListenerPart& listener : port.listeners) {
      const bool is_complete = !listener.tls || (!listener.tls->certificates.empty() &&
                                                 std::ranges::all_of(listener.tls->certificates, [](const CertificateUse& use) {
                                                   return use.certificate != nullptr;
                                                 }));
      facts[listener.title].has_certificates = is_complete;
    }
    for (const Overlap& overlap : port.overlaps) {
      for (const size_t index : {overlap.first, overlap.second}) {
        std::string& reason = facts[port.listeners[index].title].overlap;
        // Of both reasons the certificates are to be told.
        if (overlap.by_certificate)
          reason = "OverlappingCertificates";
        else if (reason.empty())
          reason = "OverlappingHostnames";
      }
    }
  }
  return facts;
}

bool add_listener(const GatewayListener& listener, const ListenerFacts& facts, std::vector<Condition>& into) {
  const std::string title = listener.title();
  const bool is_unsupported = listener.protocol == "TLS";
  const bool is_conflict = listener.refused.ends_with("Conflict");
  const std::string refused = is_unsupported && listener.refused.empty() ? "UnsupportedProtocol" : listener.refused;
  into.push_back({title, "Accepted", refused.empty(), refused.empty() ? "Accepted" : refused});
  if (is_conflict) into.push_back({title, "Conflicted", true, refused});
  into.push_back({title, "ResolvedRefs", facts.has_certificates, facts.has_certificates ? "ResolvedRefs" : "InvalidCertificateRef"});
  const bool is_programmed = refused.empty() && facts.has_certificates;
  into.push_back({title, "Programmed", is_programmed, is_programmed ? "Programmed" : "Invalid"});
  if (!facts.overlap.empty()) into.push_back({title, "OverlappingTLSConfig", true, facts.overlap});
  return is_programmed;
}

}  // namespace

std::vector<Condition> conditions_of(const Gateways& gateways, const std::vector<PortPart>& ports) {
  const auto facts = facts_of(ports);
  std::vector<Condition> conditions;
  for (const GatewayEntry& entry : gateways.entries) {
    const std::string title = "Gateway " + full_name(*entry.object);
    std::vector<Condition> of_listeners;
    bool all_valid = true;
    bool any_valid = false;
    for (const GatewayListener& listener : entry.listeners) {
      const auto known = facts.find(listener.title());
      const bool is_valid = add_listener(listener, known == facts.end() ? ListenerFacts{} : known->second, of_listeners);
      all_valid = all_valid && is_valid;
      any_valid = any_valid || is_valid;
    }
    conditions.push_back({title, "Accepted", any_valid, all_valid ? "Accepted" : "ListenersNotValid"});
    conditions.push_back({title, "Programmed", all_valid && any_valid, all_valid ? "Programmed" : "Invalid"});
    conditions.insert(conditions.end(), of_listeners.begin(), of_listeners.end());
  }
  for (const RouteParent& parent : gateways.parents)
    conditions.push_back({parent.route->kind + " " + full_name(*parent.route) + " on " + parent.parent, "Accepted",
                          parent.reason == "Accepted", parent.reason});
  return conditions;
}

}  // namespace astray::kubernetes
