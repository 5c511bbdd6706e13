#pragma once
#include <string>
#include <vector>

#include "watch/settings/settings.h"

namespace astray::watch {

/// Keys of watch.yaml ("store.path") that a watcher which was started with `running` cannot follow in `fresh` until it
/// is started again: what it has open (store, ports, receivers, resolver). In the order of the settings' reference.
std::vector<std::string> keys_needing_restart(const WatchSettings& running, const WatchSettings& fresh);

}  // namespace astray::watch
