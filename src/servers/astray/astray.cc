#include "servers/astray/astray.h"

#include "servers/astray/behave.h"
#include "servers/astray/read.h"
#include "servers/astray/recognise.h"

namespace astray {

const Server astray_server = {
    ServerKind::astray,
    "astray",
    "astray gateway",
    own_gateway::version,
    "this version alone: predictions ask what the gateway itself runs",
    own_gateway::recognise,
    own_gateway::read,
    own_gateway::make_behaviour,
};

}  // namespace astray
