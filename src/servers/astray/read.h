#pragma once
#include <string_view>

#include "base/result.h"
#include "servers/model/server.h"

namespace astray::own_gateway {

/// Of this astray: there is no other that a configuration could be read for.
inline constexpr Version version = {ASTRAY_VERSION_MAJOR, ASTRAY_VERSION_MINOR, ASTRAY_VERSION_PATCH};

/// The configuration file of `astray gateway`, or a folder that has just one. Problems are those of
/// `astray gateway check`, but for keys, which are never opened. With problems of its text there is nothing
/// else in the deployment; with other errors everything is there, and Parts::owners is null.
Result<Deployment> read(std::string_view path, const ReadOptions& options);

}  // namespace astray::own_gateway
