#pragma once
// Whether a configuration that was read can do what it promises. A 421 of this gateway says that a connection
// of the name's own would be answered: so each virtual host must be handed out for each of its names, with a
// certificate that covers it.
#include <vector>

#include "gateway/configuration/configuration.h"
#include "gateway/configuration/configuration_problem.h"
#include "tls/certificate_source.h"

namespace astray::gateway {

/// By place. Certificates are opened, private keys never.
std::vector<ConfigurationProblem> check_configuration(const Configuration& configuration,
                                                      CertificateSource& certificates);

}  // namespace astray::gateway
