#pragma once
#include <memory>

#include "tls/engine/host_context.h"
#include "tls/engine/release.h"
#include "tls/engine/server_context.h"

namespace astray::tls {

struct ServerContext::State {
  /// All connections begin with it, and go over to their host's in the ClientHello. It presents nothing.
  SslContextPointer beginning;
  std::unique_ptr<HostContext[]> hosts;  ///< in the order of ServerOptions::hosts
};

}  // namespace astray::tls
