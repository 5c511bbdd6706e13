#pragma once
#include "servers/caddy/certificate_pool.h"
#include "servers/caddy/configuration.h"

namespace astray::caddy {

/// What Caddy adds by itself (https://caddyserver.com/docs/automatic-https): TLS for servers whose routes name
/// hosts, certificates for these, and redirects from the HTTP port.
void apply_automatic_https(HttpConfiguration& configuration, CertificatePool& certificates);

/// An address of `listen` in its parts; the port is absent for a UNIX socket, or what is no address.
struct ParsedListen {
  std::string host;  ///< "": every address; a path for a UNIX socket
  bool is_unix = false;
  std::optional<int> first_port, last_port;
};
ParsedListen parse_listen(std::string_view text);

}  // namespace astray::caddy
