#pragma once
#include <string>
#include <vector>

#include "names/server_name_pattern.h"

namespace astray {

/// Names that the pattern may match, the likeliest first; whether the server's lookup leads one of them to
/// the pattern's virtual host is for the caller to ask. Empty for regular expressions and what is unknowable.
std::vector<std::string> example_names(const ServerNamePattern& pattern);

/// Labels for a name that nobody configured, to be put before a wildcard's "."; the likeliest first.
std::vector<std::string> unlikely_labels();

}  // namespace astray
