#pragma once
#include <string>
#include <vector>

#include "cli/exit_code.h"

namespace astray {

/// Does what the command line says, on the standard streams of this process.
ExitCode run_command_line(const std::vector<std::string>& words);

}  // namespace astray
