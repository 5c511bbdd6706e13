#pragma once
#include <string_view>

#include "base/result.h"
#include "servers/model/server.h"
#include "servers/trafficserver/versions.h"

namespace astray::trafficserver {

/// records.config, records.yaml or remap.config, or the folder that has one of them: the server's configuration
/// folder, whose other files are read as well.
bool recognise(FileSource& files, std::string_view path);

Result<Deployment> read(std::string_view path, const ReadOptions& options);

}  // namespace astray::trafficserver
