#pragma once
// A port of FTP or SMTP: who greets there, and whether its 421 is HTTP's.
#include "io/loop.h"
#include "io/task.h"
#include "names/port.h"
#include "probe/channel.h"
#include "probe/observation.h"

namespace astray {

enum class LineExchange : uint8_t { told, time_is_up };

/// Reads the greeting and what follows into `seen`: failure other_protocol with a sentence, when one of the
/// two answered, if only with a greeting until the deadline. `seen.stage` follows along. Nothing is told when
/// the time was up before that. Loop, channel and `seen` outlive the task.
Task<LineExchange> ask_line_protocol(Loop& loop, Channel& channel, Port port, MonotonicTime deadline,
                                     Observation& seen);

}  // namespace astray
