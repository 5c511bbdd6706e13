#pragma once
// The axes of `astray probe` as words of the command line.
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/arguments.h"
#include "probe/axes.h"

namespace astray {

/// --axes, --sni, --host, --alpn, --connection and --resume; the client certificates are the caller's. An
/// Error names the option, what was wrong and what was expected.
Result<Axes> parse_axes(const Arguments& arguments);

/// "names, none, unknown, …": every word that --sni and --host know.
std::string sni_words();
std::string host_words();

}  // namespace astray
