#pragma once
#include <string_view>

namespace astray::http1 {

/// "Misdirected Request": the reason phrase of a status code that is registered with IANA; "" of others.
std::string_view status_phrase(int status);

}  // namespace astray::http1
