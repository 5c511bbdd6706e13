#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/fetch_data.h"
#include "cli/fetch_plan.h"

namespace astray {

/// A request for each URL, in the order of the command line, with where its answer goes. An Error names the
/// option or the URL.
Result<std::vector<FetchTarget>> parse_fetch_targets(const Arguments& arguments);

}  // namespace astray
