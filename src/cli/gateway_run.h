#pragma once
#include <string>

#include "cli/console.h"

namespace astray {

/// `astray gateway --check`: problems go to `out`.
ExitCode check_gateway(const std::string& path, Console& console);
/// Until a signal ends it.
ExitCode run_gateway(const std::string& path, Console& console);

}  // namespace astray
