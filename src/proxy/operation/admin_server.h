#pragma once
#include "io/loop.h"
#include "io/network.h"
#include "proxy/operation/admin_answers.h"

namespace astray::proxy {

/// Answers the operator from admin_site(), until it is cancelled. `configured`: the address that the
/// configuration gives. Loop, listener and source outlive the task.
Task<void> serve_admin(Loop& loop, StreamListener& listener, AdminSource& source, Endpoint configured);

}  // namespace astray::proxy
