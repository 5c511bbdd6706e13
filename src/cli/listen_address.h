#pragma once
#include <string_view>

#include "base/result.h"
#include "servers/model/deployment.h"

namespace astray {

/// "192.0.2.1:443", "[2001:db8::1]:8443", "*:443", "unix:/run/x"; the port is 443 when it is left out.
Result<ListenAddress> parse_listen_address(std::string_view text);

}  // namespace astray
