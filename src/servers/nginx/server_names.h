#pragma once
#include <string_view>
#include <vector>

#include "servers/model/deployment.h"
#include "servers/nginx/problems.h"
#include "servers/nginx/scope.h"

namespace astray::nginx {

/// The names of a server { }: every `server_name`, in order. What nginx refuses, and names that no request
/// can carry, are reported.
std::vector<NamedPattern> read_server_names(const Scope& server, Problems& problems);

/// One word of a `server_name`, or a key of a map with `hostnames`; an Error when nginx refuses it.
Result<ServerNamePattern> parse_server_name(std::string_view word);

}  // namespace astray::nginx
