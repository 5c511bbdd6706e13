#pragma once
#include "cli/console.h"
#include "cli/fetch_plan.h"

namespace astray {

/// Fetches everything, and says how it ended: the worst of all URLs.
ExitCode run_fetch(const FetchPlan& plan, Console& console);

}  // namespace astray
