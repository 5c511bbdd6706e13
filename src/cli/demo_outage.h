#pragma once
#include "cli/console.h"

namespace astray {

/// `astray demo outage`: a real outage from two configurations to the fix, in text alone.
void tell_outage(Console& console);

}  // namespace astray
