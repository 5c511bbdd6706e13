#pragma once
// Gateways with their listeners, those of ListenerSets among them, and which routes are attached to which.
#include <string>
#include <vector>

#include "servers/kubernetes/cluster.h"
#include "servers/kubernetes/hostnames.h"
#include "servers/kubernetes/parts.h"

namespace astray::kubernetes {

/// A host name of routes on one listener: what both have in common.
struct AttachedHost {
  std::string hostname{};
  SourceSpan span{};
  std::vector<const Object*> routes{};  ///< in their order of precedence
  bool is_certain = true;  ///< false: whether one of the routes may attach depends on labels that are not known
};

struct GatewayListener {
  const Object* owner = nullptr;  ///< the Gateway, or the ListenerSet
  const Node* node = nullptr;
  std::string name{}, hostname{}, protocol{};
  Port port{443};
  bool passes_through = false;
  /// Why it is not programmed, as a reason of the API: "HostnameConflict", …; "": it is.
  std::string refused{};
  std::vector<AttachedHost> hosts{};
  HostnameTable by_hostname{};

  /// "listener https of Gateway infra/edge".
  std::string title() const;
};

struct GatewayEntry {
  const Object* object = nullptr;
  std::string controller{};  ///< controllerName of its class; "": the class is not among the objects
  Crossing crossing = Crossing::misdirected;
  std::vector<GatewayListener> listeners{};
};

/// The condition Accepted of a route for one of its parents.
struct RouteParent {
  const Object* route = nullptr;
  const Node* reference = nullptr;
  std::string parent{};  ///< "Gateway infra/edge"
  std::string reason{};  ///< "Accepted", "NoMatchingParent", "NotAllowedByListeners", "NoMatchingListenerHostname"
};

struct Gateways {
  std::vector<GatewayEntry> entries{};
  std::vector<RouteParent> parents{};
};

/// Controllers whose behaviour is known, of GatewayClasses.
inline constexpr std::string_view own_controller = "astray.dev/gateway";
inline constexpr std::string_view envoy_gateway = "gateway.envoyproxy.io/gatewayclass-controller";

Gateways gateways_of(const Reading& reading);

}  // namespace astray::kubernetes
