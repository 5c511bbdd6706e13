#pragma once
#include "cli/console.h"

namespace astray {

/// `astray demo`: a gateway on loopback, requests that go astray, and what becomes of each. Ends by itself,
/// or at SIGINT or SIGTERM. Failure: the machine refused something, or took too long.
ExitCode run_lab(Console& console);

}  // namespace astray
