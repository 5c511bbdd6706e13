#pragma once
#include <string_view>

#include "base/result.h"
#include "servers/model/server.h"

namespace astray::envoy {

/// The newest release that is modelled.
inline constexpr Version newest = {1, 36, 0};

/// A bootstrap, a config_dump or a file of listeners, with the files that it names; or a folder that has just one.
/// Paths that are not absolute are looked for below ReadOptions::prefix, or below the folder of the file.
Result<Deployment> read(std::string_view path, const ReadOptions& options);

}  // namespace astray::envoy
