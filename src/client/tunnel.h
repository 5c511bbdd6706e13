#pragma once
#include <string>

#include "client/failure.h"
#include "client/proxy_settings.h"
#include "io/stream.h"

namespace astray::client {

/// CONNECT (RFC 9110 §9.3.6): from here on the stream leads to `target`. The stream outlives the task. Nobody
/// limits its time here.
Task<Result<void, FetchFailure>> open_tunnel(Stream& stream, std::string target, Proxy proxy,
                                             std::string user_agent);

}  // namespace astray::client
