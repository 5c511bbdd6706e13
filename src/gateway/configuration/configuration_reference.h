#pragma once
#include <string>

namespace astray::gateway {

/// The tables of docs/gateway-configuration.md: every key with its values, default and meaning, in Markdown.
std::string configuration_reference();

}  // namespace astray::gateway
