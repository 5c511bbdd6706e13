#pragma once
#include "servers/model/deployment.h"
#include "servers/nginx/listeners.h"
#include "servers/nginx/reading.h"

namespace astray::nginx {

/// Adds the virtual hosts and listeners of the servers among the children of `block`: http { } itself, or the
/// root of a tree that consists of what http { } would include.
void read_http(DirectiveId block, const Reading& reading, Deployment& deployment, Listeners& listeners);

}  // namespace astray::nginx
