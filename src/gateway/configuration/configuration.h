#pragma once
// What `astray gateway` is told to do: the file, as plain data. docs/gateway-configuration.md is its
// reference.
#include "gateway/configuration/back_settings.h"
#include "gateway/configuration/listener_settings.h"
#include "gateway/configuration/operation_settings.h"
#include "gateway/configuration/virtual_host_settings.h"

namespace astray::gateway {

struct Configuration {
  Named<ListenerSettings> listeners;
  Named<VirtualHostSettings> virtual_hosts;
  Named<BackSettings> backs;
  OperationSettings operation;
};

}  // namespace astray::gateway
