#pragma once
#include "cli/arguments.h"
#include "cli/console.h"
#include "cli/exit_code.h"

namespace astray {

/// Reads what the operands name (files, - and texts), and tells its story.
ExitCode explain_sources(const Arguments& arguments, Console& console);

}  // namespace astray
