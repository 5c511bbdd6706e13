#pragma once
#include "base/result.h"
#include "cli/arguments.h"
#include "client/settings.h"

namespace astray {

/// What all URLs of a call have in common: certificates, TLS versions, proxies (the environment's too), pins,
/// coalescing.
Result<client::Settings> parse_fetch_settings(const Arguments& arguments);

}  // namespace astray
