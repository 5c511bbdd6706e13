#include "servers/model/server.h"

#include "base/check.h"

namespace astray {

const Server* find_server(std::string_view id) {
  for (const Server& server : all_servers())
    if (server.id == id) return &server;
  return nullptr;
}

const Server& server(ServerKind kind) {
  const Server* found = find_server(to_string(kind));
  CHECK(found != nullptr);
  return *found;
}

}  // namespace astray
