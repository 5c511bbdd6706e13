#pragma once
#include <string>

#include "cli/command.h"
#include "report/palette.h"

namespace astray {

/// What --help shows of one command.
std::string help_of(const Command& command, int columns, const Palette& palette);
/// What `astray --help` shows: every command with its summary.
std::string help_of_all(int columns, const Palette& palette);

/// "astray audit [OPTION]… CONFIG…"
std::string usage_of(const Command& command);

}  // namespace astray
