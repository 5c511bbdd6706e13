#pragma once
// Every command, each in its own file under commands/. The order that help and documents show is in
// all_commands.cc.
#include "cli/command.h"

namespace astray {

extern const Command audit_command;
extern const Command predict_command;
extern const Command probe_command;
extern const Command fetch_command;
extern const Command gateway_command;
extern const Command watch_command;
extern const Command history_command;
extern const Command explain_command;
extern const Command list_command;
extern const Command demo_command;
extern const Command man_command;
extern const Command completion_command;
extern const Command version_command;
extern const Command help_command;

}  // namespace astray
