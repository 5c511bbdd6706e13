#pragma once
// Reader cases: each file of <server>/cases/ is one configuration and what the reader makes of it: lines of
// set-up (version, read, prefix, define, certificate, authorities), files behind "=== PATH", a line of ten
// dashes, and the deployment as dump() prints it (or the error). ASTRAY_UPDATE=1 rewrites what stands behind
// the dashes: review the difference.
#include <string>
#include <vector>

#include "servers/model/server.h"

namespace astray::test {

/// The stems of the server's case files, sorted.
std::vector<std::string> reader_cases(const Server& server);

/// Reads one case and compares; `extras` prints what dump() does not know of this server.
void expect_reader_case(const Server& server, const std::string& stem,
                        std::string (*extras)(const Deployment& deployment) = nullptr);

}  // namespace astray::test
