#pragma once
#include <string>
#include <vector>

#include "servers/traefik/parts.h"
#include "servers/traefik/reading.h"

namespace astray::traefik {

/// The install (static) configuration: of a file, or of flags.
struct Statics {
  bool is_stated = false;  ///< false: there is none, and entry points are taken for granted
  std::vector<EntryPoint> entry_points{};
  /// Of http.redirections: routers "web-to-websecure@internal".
  std::vector<Router> redirections{};
  Syntax syntax = Syntax::v3;
  const Node* transport = nullptr;  ///< serversTransport: of services without one of their own
  std::vector<std::string> files{};  ///< providers.file: filename, or those of the directory, that exist
  bool docker_is_asked_by_default = true;  ///< providers.docker.exposedByDefault
  bool has_resolvers = false;
};

/// nullptr: there is none.
Statics read_statics(const Node* root, Reading& reading);

/// The RouterTls of a `tls` node; absent where it is `false`, or not there. `provider` qualifies the options.
std::optional<RouterTls> read_router_tls(const Node* owner, std::string_view provider);

/// The entry points that a router has which names none.
std::vector<std::string> default_entry_points(const Statics& statics);

/// ":443", "[::1]:443/tcp"; absent: it is UDP, or no address.
std::optional<ListenAddress> parse_address(std::string_view text);

}  // namespace astray::traefik
