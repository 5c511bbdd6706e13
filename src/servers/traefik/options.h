#pragma once
#include "servers/traefik/definitions.h"
#include "servers/traefik/parts.h"

namespace astray::traefik {

/// Every tls.options, the default ones among them, whether stated or not (pkg/tls/tlsmanager.go).
std::map<std::string, TlsOptions, std::less<>> read_options(const Definitions& definitions, Reading& reading);

/// tls.certificates of the default store, which is the only one that is used; and its default certificate, which
/// Traefik makes itself where none is stated.
std::vector<CertificateUse> read_certificates(const Definitions& definitions, Reading& reading);
CertificateUse read_default_certificate(const Definitions& definitions, Reading& reading);

/// CA files by path or content, as serversTransports and clientAuth name them.
void take_authorities(const Node* owner, std::string_view name, Reading& reading, ClientAuthorities& into);

}  // namespace astray::traefik
