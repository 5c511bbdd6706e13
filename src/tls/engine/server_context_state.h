#pragma once
#include <vector>

#include "tls/engine/release.h"
#include "tls/engine/server_context.h"

namespace astray::tls {

struct ServerContext::State {
  /// One per host. All connections begin with the first: it holds the key of the tickets.
  std::vector<SslContextPointer> contexts;
};

}  // namespace astray::tls
