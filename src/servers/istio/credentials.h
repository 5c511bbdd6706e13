#pragma once
#include "servers/envoy/parts.h"
#include "servers/istio/mesh.h"

namespace astray::istio {

/// What a server of a Gateway says of TLS, made a part of its filter chain. Certificates come from Secrets of
/// the same files (credentialName, in the gateway's namespace), or from files. Private keys are never read.
void take_tls(const Node* tls, const kubernetes::Object& gateway, const Reading& reading, envoy::Chain& chain);

}  // namespace astray::istio
