#pragma once
// Every command, each in a namespace and a file of its own under commands/. The order that help and documents show is in
// all_commands.cc.
#include "cli/command.h"

namespace astray {

namespace audit_command { extern const Command command; }
namespace predict_command { extern const Command command; }
namespace probe_command { extern const Command command; }
namespace fetch_command { extern const Command command; }
namespace gateway_command { extern const Command command; }
namespace watch_command { extern const Command command; }
namespace history_command { extern const Command command; }
namespace explain_command { extern const Command command; }
namespace list_command { extern const Command command; }
namespace demo_command { extern const Command command; }
namespace man_command { extern const Command command; }
namespace completion_command { extern const Command command; }
namespace version_command { extern const Command command; }
namespace help_command { extern const Command command; }

}  // namespace astray
