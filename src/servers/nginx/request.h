#pragma once
#include "servers/model/behaviour.h"
#include "servers/nginx/prepared.h"

namespace astray::nginx {

/// One request on a connection of an http listener whose handshake is `ok` or `cleartext`. Does not allocate
/// for names in small letters.
ExpectedAnswer answer_request(const Prepared& prepared, ListenerId listener,
                              const ConnectionFacts& connection, const ExpectedHandshake& handshake,
                              const RequestFacts& request);

}  // namespace astray::nginx
