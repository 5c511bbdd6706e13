#pragma once
#include <optional>
#include <string_view>

#include "base/instant.h"

namespace astray {

/// "2026-03-31" (midnight, UTC) or "2026-03-31T12:00:00Z"; nothing for anything else.
std::optional<Instant> parse_instant(std::string_view text);
/// The clock of this machine.
Instant now();

}  // namespace astray
