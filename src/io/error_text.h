#pragma once
#include <string>
#include <string_view>

namespace astray {

/// "connection refused (ECONNREFUSED)"; without the parentheses for 0.
std::string with_system_error(std::string_view sentence, int system_error);

}  // namespace astray
