#pragma once
#include "gateway/configuration/configuration.h"
#include "servers/model/deployment.h"
#include "tls/certificate_source.h"

namespace astray::own_gateway {

/// What the gateway would run of a configuration without errors in its text: checked, and made listeners and virtual
/// hosts of `into`, with its problems.
void make_deployment(gateway::Configuration configuration, CertificateSource& certificates, Deployment& into);

}  // namespace astray::own_gateway
