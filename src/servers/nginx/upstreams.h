#pragma once
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "servers/model/back_edge.h"
#include "servers/nginx/directive_tree.h"
#include "servers/nginx/problems.h"

namespace astray::nginx {

/// An upstream { } block.
struct Upstream {
  std::string name;
  SourceSpan span;
  std::vector<BackAddress> addresses;  ///< servers marked `down` are left out
  bool addresses_known = true;         ///< false: Lua picks them
  /// Idle connections, as stated; default_value when no `keepalive` stands there.
  Setting<int> keepalive;
  bool keepalive_is_local = false;  ///< `keepalive N local` (1.29.7): a pool per location
};

/// "10.0.0.1:8443", "name", "[::1]", "unix:/run/x": the host, the address if it is one, and the port.
/// `default_port` where none is written.
BackAddress parse_back_address(std::string_view text, Port default_port, SourceSpan span);

/// The upstreams of one http { } or stream { }, found by name without regard to case.
class Upstreams {
 public:
  Upstreams(const DirectiveTree& tree, DirectiveId block, Problems& problems);
  const Upstream* find(std::string_view name) const;

 private:
  std::unordered_map<std::string, Upstream> by_name_;
};

}  // namespace astray::nginx
