#pragma once
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "servers/model/deployment.h"
#include "servers/nginx/listen.h"
#include "servers/nginx/reading.h"

namespace astray::nginx {

/// Groups servers by address:port as nginx does (ngx_http_add_listen): the options of all `listen` directives
/// for one address add up, the first server is the default one unless another says `default_server`. UDP and
/// TCP sockets of one address are two listeners.
class Listeners {
 public:
  Listeners(Deployment& deployment, Problems& problems) : deployment_(deployment), problems_(problems) {}

  /// The index of the listener; nothing when the address is taken by a listener of another kind.
  std::optional<size_t> add(const ListenAddress& address, const Listen& listen, VirtualHostId virtual_host,
                            Listener::Kind kind);

 private:
  size_t find_or_add(const ListenAddress& address, const Listen& listen, VirtualHostId virtual_host,
                     Listener::Kind kind);

  Deployment& deployment_;
  Problems& problems_;
  std::unordered_map<std::string, size_t> by_address_;
};

}  // namespace astray::nginx
