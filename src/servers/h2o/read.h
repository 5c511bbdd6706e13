#pragma once
#include <string_view>

#include "base/result.h"
#include "servers/model/server.h"

namespace astray::h2o {

/// 2.3 was never released as such; distributions package its development, where strict-match and ORIGIN are.
inline constexpr Version newest = {2, 3, 0};

/// YAML with `hosts` whose entries have `paths`, or a folder with one such file (h2o.conf first).
bool recognise(FileSource& files, std::string_view path);

Result<Deployment> read(std::string_view path, const ReadOptions& options);

}  // namespace astray::h2o
