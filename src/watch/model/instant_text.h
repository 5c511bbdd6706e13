#pragma once
#include <string>

#include "base/instant.h"

namespace astray::watch {

/// RFC 3339, UTC: "2026-11-29T13:05:00Z".
std::string instant_text(Instant instant);

}  // namespace astray::watch
