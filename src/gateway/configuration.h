#pragma once
// What `astray gateway` is told to do: the file, as plain data. docs/gateway-configuration.md is its
// reference.
#include "gateway/back_settings.h"
#include "gateway/listener_settings.h"
#include "gateway/operation_settings.h"
#include "gateway/virtual_host_settings.h"

namespace astray::gateway {

struct Configuration {
  Named<ListenerSettings> listeners;
  Named<VirtualHostSettings> virtual_hosts;
  Named<BackSettings> backs;
  OperationSettings operation;
};

}  // namespace astray::gateway
