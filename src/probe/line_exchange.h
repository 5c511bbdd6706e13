#pragma once
// A port of FTP or SMTP: who greets there, and whether its 421 is HTTP's.
#include "io/task.h"
#include "names/port.h"
#include "probe/channel.h"
#include "probe/observation.h"

namespace astray {

/// Reads the greeting and what follows into `seen`: failure other_protocol with a sentence, when one of the
/// two answered. `seen.stage` follows along. All of them outlive the task.
Task<void> ask_line_protocol(Channel& channel, Port port, Observation& seen);

}  // namespace astray
