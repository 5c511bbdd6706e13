#pragma once
#include "servers/httpd/virtual_host.h"

namespace astray::httpd {

/// mod_ssl's settings of a section, merged with the main server's (modules/ssl/ssl_engine_config.c).
/// Certificates are named, not opened.
TlsSettings merge_tls(const ServerStatements& own, const Surroundings& around);

}  // namespace astray::httpd
