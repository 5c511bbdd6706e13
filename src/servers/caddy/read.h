#pragma once
#include <string_view>

#include "base/result.h"
#include "servers/model/server.h"

namespace astray::caddy {

/// The newest release whose source was read.
inline constexpr Version newest = {2, 11, 4};

/// A file called Caddyfile or *.caddyfile, Caddy's JSON, or a folder that has one of these.
bool recognise(FileSource& files, std::string_view path);

/// ReadOptions::defines are the environment (NAME=VALUE); without ReadOptions::prefix, relative files are found
/// from the folder of the configuration.
Result<Deployment> read(std::string_view path, const ReadOptions& options);

}  // namespace astray::caddy
