#pragma once
#include <optional>

#include "servers/envoy/parts.h"
#include "servers/envoy/reading.h"

namespace astray::envoy {

/// A Listener (config.listener.v3). Absent where it has no TCP address, which is told.
std::optional<ListenerPart> read_listener(const Node* listener, Reading& reading);

}  // namespace astray::envoy
