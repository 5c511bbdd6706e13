#pragma once
#include "servers/httpd/managed_names.h"
#include "servers/httpd/modules.h"
#include "servers/httpd/problems.h"
#include "servers/httpd/statements.h"

namespace astray::httpd {

/// What a virtual host takes from outside of its section.
struct Surroundings {
  const ServerStatements& main;
  const GlobalStatements& global;
  const Modules& modules;
  const ManagedNames& managed;
  const std::string& server_root;
  Version version;
  Problems& problems;
};

/// Merges a section with the main server, as each module merges its own. For the main server itself,
/// `own` is `surroundings.main`. Certificates are named, not opened.
VirtualHost make_virtual_host(const ServerStatements& own, const Surroundings& surroundings);

}  // namespace astray::httpd
