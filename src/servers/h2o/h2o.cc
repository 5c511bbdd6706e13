#include "servers/h2o/h2o.h"

#include "servers/h2o/behave.h"
#include "servers/h2o/read.h"

namespace astray {

const Server h2o_server = {
    ServerKind::h2o,
    "h2o",
    "h2o",
    h2o::newest,
    "2.2 to 2.3 (2.2.5 proved against the real server, 2.3 by reading); changes at 2.3 (strict-match, ORIGIN frames)",
    h2o::recognise,
    h2o::read,
    h2o::make_behaviour,
};

}  // namespace astray
