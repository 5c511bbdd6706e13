#pragma once
#include <string_view>

namespace astray::gateway {

/// "Misdirected Request": the reason phrase of a status code that is registered with IANA; "" of others.
std::string_view status_phrase(int status);

}  // namespace astray::gateway
