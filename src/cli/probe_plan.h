#pragma once
#include <string_view>

#include "cli/console.h"
#include "probe/axes.h"

namespace astray {

/// What a run would send, and how much of it: a line for each cell, and the totals. `format` is "human", or
/// any of the machine's, which get a JSON object a line.
void write_plan(const Plan& plan, std::string_view format, ConsoleStream& out);

}  // namespace astray
