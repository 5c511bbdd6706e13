#pragma once
#include "cli/console.h"

namespace astray {

/// `astray demo watch`, and the end of `astray demo`: two gateways on loopback, of which one was never told
/// of a name, and a watcher that finds it and shows it on its page. On a terminal the page stays until SIGINT
/// or SIGTERM; elsewhere all ends when the finding is told. Failure: the machine refused something, or took
/// too long.
ExitCode run_watch_demo(Console& console);

}  // namespace astray
