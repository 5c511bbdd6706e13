#pragma once
#include <string_view>

#include "base/result.h"
#include "servers/model/server.h"

namespace astray::haproxy {

inline constexpr Version newest{3, 4, 0};

/// A file, or a folder: see configuration_files(). A list of paths joined by ',' reads several, as several -f do.
Result<Deployment> read(std::string_view path, const ReadOptions& options);
bool recognise(FileSource& files, std::string_view path);

}  // namespace astray::haproxy
