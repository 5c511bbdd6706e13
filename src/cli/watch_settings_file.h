#pragma once
#include <string>

#include "base/result.h"
#include "cli/console.h"
#include "watch/settings/settings_reader.h"

namespace astray {

/// watch.yaml from the disk, with its problems. An Error when there is no such file.
Result<watch::ReadSettings> read_watch_settings(const std::string& path);

/// The same where only good settings will do: problems go to `err`, and nothing comes back.
std::optional<watch::WatchSettings> good_watch_settings(const std::string& path, Console& console);

}  // namespace astray
