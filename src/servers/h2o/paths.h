#pragma once
#include <optional>

#include "servers/h2o/yaml.h"
#include "servers/model/deployment.h"

namespace astray::h2o {

/// Settings of `proxy.*` and `access-log` that hosts and paths inherit (https://h2o.examp1e.net/configure/proxy_directives.html).
struct Inherited {
  Setting<bool> preserve_host{false, {}, Provenance::default_value};
  Setting<bool> verify_peer{true, {}, Provenance::default_value};
  Setting<int> keepalive_milliseconds{2000, {}, Provenance::default_value};
  std::vector<AccessLog> access_logs;
};

/// With what a map of directives states itself.
Inherited inherited(const YamlNode& directives, Inherited outer);

/// The `paths` of a host: back edges, and the status of "/" where neither a file nor a back answers.
void take_paths(const YamlNode& paths, const Inherited& outer, VirtualHost& host);

}  // namespace astray::h2o
