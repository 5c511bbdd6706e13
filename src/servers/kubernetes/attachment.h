#pragma once
#include <string_view>

#include "servers/kubernetes/listeners.h"

namespace astray::kubernetes {

/// Whether the API takes it: a lower-case host name, or one behind "*.".
bool is_hostname(std::string_view text);

enum class Selection : uint8_t { no, yes, unknown };

/// `from` is All, Same, None or Selector, whose label selector `namespaces` has. Labels of a Namespace that is not among
/// the objects are not known, but for kubernetes.io/metadata.name, which every one has.
Selection selects_namespace(const Node* namespaces, std::string_view from, std::string_view own, std::string_view asked,
                            const Reading& reading);

/// Attaches HTTPRoutes, GRPCRoutes and TLSRoutes to the listeners that they name and that let them in, with the host
/// names that they have in common; what is attached nowhere is told with the reason.
void attach_routes(const Reading& reading, Gateways& gateways);

}  // namespace astray::kubernetes
