#pragma once
#include <cstdint>
#include <vector>

#include "servers/model/deployment.h"

namespace astray::httpd {

/// Which virtual hosts mod_ssl takes for equal, as numbers: equal numbers, equal settings. It compares what
/// the configuration states, paths as text: one certificate under two paths is two certificates.
struct PolicyClass {
  uint32_t authentication = 0;  ///< of the client: verification, its CAs, revocation, SRP, SSLOpenSSLConfCmd
  uint32_t tls = 0;             ///< versions, ciphers, certificate and key files
  bool operator==(const PolicyClass&) const = default;
};

/// For each virtual host, by the rule of the deployment's version: to 2.4.65 ssl_server_compatible(), which
/// knows neither CRLs nor OCSP nor SRP nor SSLOpenSSLConfCmd; from 2.4.66 the hashes of ssl_engine_init.c.
std::vector<PolicyClass> policy_classes(const Deployment& deployment);

}  // namespace astray::httpd
