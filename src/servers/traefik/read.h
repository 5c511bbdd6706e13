#pragma once
#include <string_view>

#include "base/result.h"
#include "servers/model/server.h"

namespace astray::traefik {

/// The newest release that is modelled.
inline constexpr Version newest = {3, 7, 9};

/// A static file with what its file provider names; a dynamic file; a Compose file; Kubernetes objects; or a folder of
/// them, as one Traefik. Relative paths are looked for below ReadOptions::prefix, or below the folder of the file.
Result<Deployment> read(std::string_view path, const ReadOptions& options);

}  // namespace astray::traefik
