#pragma once
#include "servers/model/deployment.h"
#include "servers/nginx/listeners.h"
#include "servers/nginx/reading.h"

namespace astray::nginx {

/// Adds what stream { } does with TCP connections. A server that terminates TLS becomes a virtual host of a
/// Kind::tcp listener; one that does not, a route of a Kind::passthrough listener: by SNI where ssl_preread
/// and a map on $ssl_preread_server_name, or server_name (1.25.5), choose the back. Datagrams are not
/// followed.
void read_stream(DirectiveId block, const Reading& reading, Deployment& deployment, Listeners& listeners);

}  // namespace astray::nginx
