#pragma once
#include <optional>
#include <string_view>

#include "names/port.h"

namespace astray::gateway {

/// The scheme that the last hop of a Forwarded field's value tells: its `proto` parameter (RFC 7239 §5.4).
/// Nothing where there is none, or another than http and https, or the value is malformed: its quotes could
/// hide anything. From a trusted gateway alone.
std::optional<Scheme> forwarded_scheme(std::string_view forwarded);

}  // namespace astray::gateway
