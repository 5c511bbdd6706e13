#pragma once
#include <cstdint>

#include "gateway/message.h"

namespace astray::gateway {

enum class Hop : uint8_t {
  goes_on,
  ends_here,  ///< no further: the gateway answers as if it were the origin
};

/// Max-Forwards of TRACE and OPTIONS (RFC 9110 §7.6.2): counted down by one; at 0 the request ends here.
/// Anything but one line with a number is passed on as it is, like the field of another method.
Hop count_hop(RequestHead& head);

}  // namespace astray::gateway
