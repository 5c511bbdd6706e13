#pragma once
#include <string>
#include <string_view>

#include "cli/command.h"

namespace astray {

/// The manual page of one command, astray-COMMAND(1), in troff with the man macros.
std::string manual_of(const Command& command);
/// The manual page of the whole, astray(1).
std::string manual_of_all();

/// Text as troff takes it: no line is a request, no character an escape.
std::string troff(std::string_view text);

}  // namespace astray
