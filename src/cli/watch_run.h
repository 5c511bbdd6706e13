#pragma once
#include <string>
#include <string_view>

#include "cli/console.h"

namespace astray {

/// What `astray watch` was asked for.
struct WatchRequest {
  std::string settings_path;
  std::string_view format;   ///< human, json, jsonl, junit, github
  std::string_view fail_on;  ///< error, warning, info, never
  bool shows_progress = true;
  bool is_agent = false;  ///< it asks and reports to its region, and judges nothing itself
};

/// --check: problems go to `out`.
ExitCode check_watch(const WatchRequest& request, Console& console);
/// --plan: what the first round would ask; nothing is sent to any node.
ExitCode plan_watch(const WatchRequest& request, Console& console);
/// --once.
ExitCode watch_once(const WatchRequest& request, Console& console);
/// Until a signal ends it.
ExitCode watch_always(const WatchRequest& request, Console& console);

}  // namespace astray
