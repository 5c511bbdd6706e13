#pragma once
#include <vector>

#include "base/result.h"
#include "cli/arguments.h"
#include "verdict/client_profile.h"

namespace astray {

/// The profiles that --client names, each once; without it every client that coalesces, and curl.
Result<std::vector<const ClientProfile*>> parse_clients(const Arguments& arguments);

}  // namespace astray
