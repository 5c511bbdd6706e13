#pragma once
#include <string_view>

namespace astray::explain {

/// What find() answers when there is nothing to be found.
inline constexpr size_t nowhere = std::string_view::npos;

}  // namespace astray::explain
