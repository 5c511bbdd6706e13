#pragma once
#include <vector>

#include "base/result.h"
#include "cli/arguments.h"
#include "probe/axes.h"
#include "probe/nodes.h"
#include "probe/prober.h"
#include "tls/certificate_source.h"
#include "verdict/client_profile.h"

namespace astray {

/// The command line of `astray probe`, checked, but for what it reads and writes.
struct ProbeSetup {
  ProbeOptions options;
  Axes axes;
  std::vector<NodeOverride> nodes;
  std::vector<ProbeTarget> targets;
  std::vector<const ClientProfile*> clients;
  std::vector<Endpoint> dns_servers;
  std::vector<ClientCertificate> client_authorities;
};

/// An Error names the option, what was wrong with it and what was expected.
Result<ProbeSetup> parse_probe_setup(const Arguments& arguments, CertificateSource& certificates);

}  // namespace astray
