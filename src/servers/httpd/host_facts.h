#pragma once
#include <cstdint>
#include <vector>

#include "servers/model/deployment.h"

namespace astray::httpd {

/// What answering needs of a virtual host, close together: a virtual host itself spans many cache lines, and
/// each cell of a prediction touches two of them at random.
struct HostFacts {
  SourceSpan span;
  uint32_t authorities = 0;  ///< equal numbers: the same CA file and path, as text; 0: none
  int16_t fixed_status = 0;
  uint8_t versions = 0;  ///< tls_version bits
  ClientAuthentication client_authentication = ClientAuthentication::off;
  ClientAuthentication root_client_authentication = ClientAuthentication::off;
  bool has_tls : 1 = false;
  bool states_versions : 1 = false;
  bool strict_sni : 1 = false;
  bool knows_fixed_status : 1 = true;
  bool http2 : 1 = false;
  bool http1_preferred : 1 = false;
  bool lenient_host : 1 = false;
  bool strict_host_check : 1 = false;
  const CertificateUse* certificate = nullptr;  ///< the leaf that clients of today get; null when not known
};

/// By virtual host. Borrows the deployment's certificates.
std::vector<HostFacts> host_facts(const Deployment& deployment);

}  // namespace astray::httpd
