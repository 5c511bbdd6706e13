#pragma once
#include <string>

#include "gateway/configuration/configuration.h"

namespace astray::gateway {

/// Normalized YAML: every setting, defaults as well, in the order of the reference. It reads as the same
/// configuration and prints as the same text.
std::string print_configuration(const Configuration& configuration);

}  // namespace astray::gateway
