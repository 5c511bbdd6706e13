#pragma once
// Configuration lines for fixes, in the words of the audited server and version.
#include <string>
#include <string_view>
#include <vector>

#include "servers/model/deployment.h"

namespace astray::directives {

/// A certificate of its own for a name.
std::string own_certificate(ServerKind server, std::string_view name);
/// An address of its own for a virtual host; `address` is for the reader to replace.
std::string own_address(const Deployment& deployment, Port port, std::string_view address);
/// Turns HTTP/2 on in a virtual host; where only a listener can (nginx before 1.25.1), the listener's line.
std::string http2_on(const Deployment& deployment, Port port);
/// Answers every request that no name claims with 421, in the default virtual host's block.
std::string refuse_everything(ServerKind server);
/// A virtual host to be put first, which refuses whatever the others do not claim.
std::string refusing_default(const Deployment& deployment, Port port, const CertificateUse* certificate);

/// Lines that give a virtual host the TLS settings of `wanted`, one for each difference that the server's
/// comparison counts. Only httpd compares.
std::vector<std::string> equal_tls(const TlsSettings& wanted, const TlsSettings& present);

}  // namespace astray::directives
