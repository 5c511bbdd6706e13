#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace astray::gateway {

/// Why PCRE2 does not take it as a regular expression, with the offset; absent: it does.
std::optional<std::string> regex_problem(std::string_view pattern);

}  // namespace astray::gateway
