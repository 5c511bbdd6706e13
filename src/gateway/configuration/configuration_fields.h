#pragma once
#include "gateway/configuration/back_fields.h"
#include "gateway/configuration/configuration.h"
#include "gateway/configuration/listener_fields.h"
#include "gateway/configuration/operation_fields.h"
#include "gateway/configuration/virtual_host_fields.h"

namespace astray::gateway {

template <>
struct KeysOf<Configuration> {
  template <typename V, typename S>
  static void each(V& visit, S& s) {
    visit(Key{"listeners", "ports, by label", Need::required}, s.listeners);
    visit(Key{"virtual_hosts", "who owns which names, by label", Need::required}, s.virtual_hosts);
    visit(Key{"backs", "where requests go, by label"}, s.backs);
    visit(Key{"operation", "how the gateway runs"}, s.operation);
  }
};

}  // namespace astray::gateway
