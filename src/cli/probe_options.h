#pragma once
// The rest of `astray probe`'s command line: whom it asks, how hard, and with which certificates.
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/arguments.h"
#include "probe/nodes.h"
#include "probe/prober.h"

namespace astray {

/// --rate, --concurrency, --per-node, --timeout, --body-limit, --tls-min, --tls-max, --ca, --client-cert.
Result<ProbeOptions> parse_probe_options(const Arguments& arguments);

/// --node: "192.0.2.1", "192.0.2.1:8443", "2001:db8::1", "[2001:db8::1]:8443".
Result<std::vector<NodeOverride>> parse_node_overrides(const Arguments& arguments);

/// The operands and --targets; a file called "-" is standard input.
Result<std::vector<ProbeTarget>> parse_targets(const Arguments& arguments);

}  // namespace astray
