#pragma once
#include "tls/engine/client_context.h"
#include "tls/engine/release.h"

namespace astray::tls {

struct ClientContext::State {
  SslContextPointer context;
};

}  // namespace astray::tls
