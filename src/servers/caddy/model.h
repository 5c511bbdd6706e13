#pragma once
#include "servers/caddy/configuration.h"
#include "servers/model/deployment.h"
#include "tls/certificate_source.h"

namespace astray::caddy {

/// Fills listeners, virtual hosts and Parts of the deployment: one virtual host for each site (route with a host
/// matcher) of each server, and one for all routes of a server that take every host.
void fill(Deployment& deployment, HttpConfiguration configuration, CertificateSource& certificates);

}  // namespace astray::caddy
