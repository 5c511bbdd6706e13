#pragma once
#include "cli/arguments.h"
#include "cli/console.h"

namespace astray {

inline constexpr Operand command_operand[] = {
    {.name = "COMMAND",
     .help = "A command of astray; without it, astray as a whole.",
     .kind = ValueKind::command_name,
     .required = false},
};

/// The command that COMMAND names; null for none. A name that is no command is complained about.
struct NamedCommand {
  const Command* command = nullptr;
  bool known = true;
};
NamedCommand named_command(const Arguments& arguments, Console& console);

}  // namespace astray
