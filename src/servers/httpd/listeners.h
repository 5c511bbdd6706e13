#pragma once
#include <vector>

#include "servers/httpd/problems.h"
#include "servers/httpd/statements.h"

namespace astray::httpd {

/// Addresses of one <VirtualHost>, with its id.
struct HostAddresses {
  VirtualHostId id;
  SourceSpan span;
  std::vector<AddressStatement> addresses;
  bool tls = false;  ///< only for guessing a port where no Listen was read
};

/// Groups virtual hosts by the address a connection arrives at, as httpd does (server/vhost.c): the exact
/// address before any address, and the exact port before any port; what no virtual host takes belongs to the
/// main server, whose id is `main`. Where no Listen was read, the virtual hosts' own addresses are taken for
/// open. Beyond `limit` listeners the rest is left out.
struct Listeners {
  std::vector<Listener> listeners;
  bool uses_main = false;  ///< one of them leads to the main server
};
Listeners make_listeners(const std::vector<ListenStatement>& listens, const std::vector<HostAddresses>& hosts,
                         VirtualHostId main, size_t limit, Problems& problems);

}  // namespace astray::httpd
